"""Files that are there whole or not at all."""

import os
import secrets
import stat
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO, Final

from bdc_ingester.folders.errors import TargetExists
from bdc_ingester.folders.exclusive_rename import rename_exclusively
from bdc_ingester.folders.names import part_name
from bdc_ingester.folders.syncing import sync_directory

# Another service of the same group may read it.
FILE_MODE: Final = 0o640
_NEW: Final = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC


class NewFile:
    """A file on its way to a name: `file` is written, `settle` gives it the name, `abandon` leaves nothing of it.

    Until then it is called `part`, by default something hidden that nobody else has.

    Raises:
        TargetExists: somebody else is writing under the name of the part.
    """

    def __init__(self, target: Path, part: Path | None = None) -> None:
        self.target = target
        self.part = part or target.with_name(part_name(target.name, secrets.token_hex(8)))
        try:
            self.file: BinaryIO = os.fdopen(os.open(self.part, _NEW, FILE_MODE), "wb")
        except FileExistsError as error:
            raise TargetExists(f"{self.part} is being written by somebody else: choose another name") from error

    def settle(self) -> None:
        """Give the file its name, durably.

        Raises:
            TargetExists: somebody has the name.
        """
        self.file.flush()
        os.fsync(self.file.fileno())
        try:
            rename_exclusively(self.part, self.target)
        except FileExistsError as error:
            raise taken(self.target) from error
        sync_directory(self.target.parent)

    def abandon(self) -> None:
        """Close the file, and remove it unless it has its name already."""
        self.part.unlink(missing_ok=True)
        with suppress(OSError):  # on a full disk closing tries once more to write what is not wanted
            self.file.close()


@contextmanager
def new_file(target: Path, part: Path | None = None) -> Iterator[BinaryIO]:
    """Yield a file that gets its name at the end of the block, durably; where the block fails nothing is left.

    Raises:
        TargetExists: somebody has the name, or is writing under that of the part.
    """
    new = NewFile(target, part)
    try:
        yield new.file
        new.settle()
    finally:
        new.abandon()


def write_new(target: Path, data: bytes) -> None:
    """Write a file under a name that nobody has, durably.

    Raises:
        TargetExists: somebody has it.
    """
    with new_file(target) as file:
        file.write(data)


def replace_content(path: Path, data: bytes) -> None:
    """Give a file other content in one step, durably; its time and mode stay.

    Raises:
        FileNotFoundError: the file is gone.
    """
    status = path.lstat()
    new = NewFile(path)
    try:
        new.file.write(data)
        new.file.flush()
        os.fchmod(new.file.fileno(), stat.S_IMODE(status.st_mode))
        os.utime(new.file.fileno(), ns=(status.st_atime_ns, status.st_mtime_ns))
        os.fsync(new.file.fileno())
        if path.exists():
            new.part.replace(path)
    finally:
        new.abandon()
    sync_directory(path.parent)


def taken(target: Path) -> TargetExists:
    """Return the error for a name that somebody has."""
    return TargetExists(f"{target} exists already and is not overwritten: choose another name, or remove it")
