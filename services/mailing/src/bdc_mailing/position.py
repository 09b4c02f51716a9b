"""The cursor of a list: how far each of its archives was read, by content rather than by date."""

from pydantic import BaseModel, ConfigDict


class _Value(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore")


class Pending(_Value):
    """A part of an mbox that is in the raw archive and not yet published to its end.

    `ref` is the archived part, which begins at `start` of the file; `done` bytes of it are acknowledged.
    `size` and `sha256` are the file's when the part is done.
    """

    ref: str
    start: int
    size: int
    sha256: str
    done: int = 0
    last: int = 0


class FilePosition(_Value):
    """An mbox of which the first `size` uncompressed bytes, with this hash, are published; the last message began at `last`."""

    size: int = 0
    sha256: str | None = None
    last: int = 0
    pending: Pending | None = None


class DirectoryPosition(_Value):
    """A maildir or directory of `.eml` files; `seen` refers to the archived list of the files that are published."""

    seen: str | None = None


class Position(_Value):
    """The positions in all archives of a list, by resolved path."""

    files: dict[str, FilePosition] = {}
    directories: dict[str, DirectoryPosition] = {}

    def with_file(self, path: str, position: FilePosition) -> "Position":
        """Return the cursor with another position in one mbox."""
        return self.model_copy(update={"files": self.files | {path: position}})

    def with_directory(self, path: str, position: DirectoryPosition) -> "Position":
        """Return the cursor with another position in one directory."""
        return self.model_copy(update={"directories": self.directories | {path: position}})
