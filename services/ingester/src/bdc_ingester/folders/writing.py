"""Files that are there whole or not at all."""

import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO, Final

from bdc_ingester.folders.errors import TargetExists
from bdc_ingester.folders.exclusive_rename import rename_exclusively
from bdc_ingester.folders.names import part_name
from bdc_ingester.folders.syncing import sync_directory

FILE_MODE: Final = 0o640
_NEW: Final = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC


def write_new(target: Path, data: bytes) -> None:
    """Write a file under a name that nobody has, durably.

    Raises:
        TargetExists: somebody has it.
    """
    with new_file(target) as file:
        file.write(data)


@contextmanager
def new_file(target: Path) -> Iterator[BinaryIO]:
    """Yield a file that gets its name at the end of the block, synced; where the block fails nothing is left.

    Raises:
        TargetExists: somebody has the name.
    """
    part = target.with_name(part_name(target.name, secrets.token_hex(8)))
    try:
        with os.fdopen(os.open(part, _NEW, FILE_MODE), "wb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        settle(part, target)
    finally:
        part.unlink(missing_ok=True)


def settle(part: Path, target: Path) -> None:
    """Give a whole and synced file its name, durably; the part is gone also where the name is taken.

    Raises:
        TargetExists: somebody has the name.
    """
    try:
        rename_exclusively(part, target)
    except FileExistsError as error:
        raise taken(target) from error
    sync_directory(target.parent)


def taken(target: Path) -> TargetExists:
    """Return the error for a name that somebody has."""
    return TargetExists(f"{target} exists already and is not overwritten: choose another name, or remove it")
