"""Moves: in one step inside a file system, else copied, synced and only then renamed. Nothing is overwritten."""

import errno
import os
import shutil
import stat
from pathlib import Path

from bdc_ingester.folders.content import hash_content
from bdc_ingester.folders.errors import TargetExists
from bdc_ingester.folders.exclusive_rename import rename_exclusively
from bdc_ingester.folders.names import LONGEST_NAME_BYTES
from bdc_ingester.folders.syncing import sync_directory
from bdc_ingester.folders.writing import new_file, taken


def rename_new(source: Path, target: Path) -> None:
    """Rename inside a file system; a symbolic link is renamed itself. Nothing is synced.

    Raises:
        TargetExists: another file has the name.
        OSError: `errno` says why not, EXDEV for another file system.
    """
    try:
        rename_exclusively(source, target)
    except FileExistsError as error:
        raise taken(target) from error


def move_new(source: Path, target: Path) -> None:
    """Move a file, also to another file system, where it is durable before the source goes.

    Doing it again after a crash finishes it: a target of the same content, which a copy had reached, counts as done.
    Inside a file system nothing is synced (`SyncGroup` does that for many moves at once).

    Raises:
        TargetExists: another file has the name.
    """
    try:
        rename_new(source, target)
    except OSError as error:
        if error.errno != errno.EXDEV:
            raise
        _copy(source, target)
        source.unlink()
        sync_directory(source.parent)


def with_suffix(path: Path, suffix: str, *, reserve: int = 0) -> Path:
    """Return `path` with `suffix` before its extension; the name is cut to what a file system takes less `reserve`."""
    extension = path.suffix
    room = LONGEST_NAME_BYTES - reserve - len(os.fsencode(suffix + extension))
    stem = os.fsencode(path.stem)[:room].decode(errors="ignore")
    return path.with_name(f"{stem}{suffix}{extension}")


def _copy(source: Path, target: Path) -> None:
    handle = os.open(source, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    with os.fdopen(handle, "rb") as reader:
        status = os.fstat(handle)
        if not stat.S_ISREG(status.st_mode):
            raise OSError(errno.EINVAL, "only regular files move to another file system", str(source))
        try:
            with new_file(target) as writer:
                shutil.copyfileobj(reader, writer)
                writer.flush()
                os.fchmod(writer.fileno(), stat.S_IMODE(status.st_mode))
                os.utime(writer.fileno(), ns=(status.st_atime_ns, status.st_mtime_ns))
        except TargetExists:
            if hash_content(source) != hash_content(target):
                raise
