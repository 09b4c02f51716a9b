"""The cursor of a list: how far each of its archives was read, by content rather than by date."""

from datetime import date, datetime

from pydantic import BaseModel, ConfigDict


class _Value(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore")


class FilePosition(_Value):
    """How far an mbox was read, in uncompressed bytes.

    The file was known up to `size`, where its hash was `sha256`; the next message begins at `next`, the last one
    that was read began at `last`.
    """

    size: int = 0
    sha256: str | None = None
    next: int = 0
    last: int = 0


class DirectoryPosition(_Value):
    """A maildir or directory of `.eml` files; `seen` refers to the archived list of the files that are published."""

    seen: str | None = None


class Debt(_Value):
    """A message whose page could not be had: how often it was asked for in vain, since when, and why."""

    attempts: int
    since: datetime
    reason: str
    absent: bool = False


class ServerPosition(_Value):
    """How far the archive of a HyperKitty server was read, in the order in which it archived.

    `count` messages from the oldest on are published or owed, `newest` are the last of them, the latest first; they
    are what the cursor is found again by, since the server tells no position. `compared` is what a whole comparison
    found: the number of messages in the server's index and in our ledger. `unlisted` says that some are published which
    the ledger does not list: they came by an export, or the ledger was lost with the raw archive.
    """

    count: int = 0
    newest: tuple[str, ...] = ()
    owed: dict[str, Debt] = {}
    compared: tuple[int, int] | None = None
    unlisted: bool = False


class Download(_Value):
    """What a server said of a file when it gave it, and what the row of an index said of it."""

    etag: str | None = None
    modified: str | None = None
    row: str = ""

    def conditions(self) -> dict[str, str]:
        """Return the headers that ask for the file only if it is another by now."""
        asked = {"if-none-match": self.etag, "if-modified-since": self.modified}
        return {name: value for name, value in asked.items() if value}


class FolderPosition(_Value):
    """How far an IMAP folder was read: `uid` is the last one, as long as the server gives the same `validity`."""

    validity: int = 0
    uid: int = 0


class Position(_Value):
    """The positions in all archives of a list: by resolved path, or by the archive's label.

    In a repository it is the commit that was read last, in an export the beginning of the month that comes next.
    """

    files: dict[str, FilePosition] = {}
    directories: dict[str, DirectoryPosition] = {}
    servers: dict[str, ServerPosition] = {}
    repositories: dict[str, str] = {}
    downloads: dict[str, Download] = {}
    folders: dict[str, FolderPosition] = {}
    exported: dict[str, date] = {}

    def with_file(self, path: str, position: FilePosition) -> "Position":
        """Return the cursor with another position in one mbox."""
        return self.model_copy(update={"files": self.files | {path: position}})

    def with_directory(self, path: str, position: DirectoryPosition) -> "Position":
        """Return the cursor with another position in one directory."""
        return self.model_copy(update={"directories": self.directories | {path: position}})

    def with_server(self, label: str, position: ServerPosition) -> "Position":
        """Return the cursor with another position in one server's archive."""
        return self.model_copy(update={"servers": self.servers | {label: position}})

    def with_repository(self, name: str, commit: str) -> "Position":
        """Return the cursor with another commit in one repository."""
        return self.model_copy(update={"repositories": self.repositories | {name: commit}})

    def with_download(self, url: str, download: Download) -> "Position":
        """Return the cursor with what another answer said of a file."""
        return self.model_copy(update={"downloads": self.downloads | {url: download}})

    def with_folder(self, name: str, position: FolderPosition) -> "Position":
        """Return the cursor with another position in one IMAP folder."""
        return self.model_copy(update={"folders": self.folders | {name: position}})

    def with_exported(self, label: str, following: date, done: str) -> "Position":
        """Return the cursor at the next month of an export; what was known of the file of the last is forgotten."""
        kept = {
            "files": {name: position for name, position in self.files.items() if name != done},
            "downloads": {name: download for name, download in self.downloads.items() if name != done},
        }
        return self.model_copy(update={"exported": self.exported | {label: following}, **kept})
