"""The cursor of a list: how far each of its archives was read, by content rather than by date."""

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
