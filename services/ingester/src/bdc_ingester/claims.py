"""Claims: a worker's files are in a folder of its own, which it holds a lock on for as long as it lives.

The lock ends with the process, however that ends, and is taken before the folder is made. So a folder without a locked
lock is what somebody left behind, and its files go back to the spool.
"""

import fcntl
import os
import uuid
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Final, Self

from bdc_ingester.folders import TargetExists, rename_new
from bdc_ingester.spool import Spool

LOCK_SUFFIX: Final = ".lock"


class Claims:
    """The folder of one worker; leaving the block gives back what is still in it."""

    def __init__(self, spool: Spool) -> None:
        self._spool = spool
        self.path = spool.claims / f"{os.getpid()}-{uuid.uuid4().hex[:12]}"

    def __enter__(self) -> Self:
        self._lock = _lock(_lock_path(self.path))
        self.path.mkdir()
        return self

    def __exit__(self, *_: object) -> None:
        _give_back(self._spool, self.path)
        os.close(self._lock)


def claim(spool: Spool, name: str, claims: Path) -> bool:
    """Move a file that waits into a worker's folder; False where it is gone, or the worker has one of its name."""
    try:
        rename_new(spool.root / name, claims / name)
    except (FileNotFoundError, TargetExists):
        return False
    return True


def reclaim(spool: Spool) -> int:
    """Give back the files of workers that are no more; return how many that were."""
    return sum(_reclaim(spool, folder) for folder in list(_folders(spool)))


def claimed(folder: Path) -> list[str]:
    """Return the names in a worker's folder."""
    with suppress(FileNotFoundError):
        return [path.name for path in folder.iterdir()]
    return []


def _folders(spool: Spool) -> Iterator[Path]:
    with os.scandir(spool.claims) as entries:
        for entry in entries:
            if entry.is_dir(follow_symlinks=False):
                yield Path(entry.path)
            elif entry.name.endswith(LOCK_SUFFIX) and not Path(entry.path.removesuffix(LOCK_SUFFIX)).is_dir():
                _remove_lock(Path(entry.path))


def _reclaim(spool: Spool, folder: Path) -> int:
    lock = os.open(_lock_path(folder), os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return 0  # its worker lives
    else:
        return _give_back(spool, folder)
    finally:
        os.close(lock)


def _give_back(spool: Spool, folder: Path) -> int:
    """Move what is in a folder back and remove it; what meets a newer file of its name in the spool stays for now."""
    returned = 0
    for name in claimed(folder):
        with suppress(TargetExists, FileNotFoundError):
            rename_new(folder / name, spool.root / name)
            returned += 1
    with suppress(OSError):
        folder.rmdir()
        _lock_path(folder).unlink(missing_ok=True)
    return returned


def _lock(path: Path) -> int:
    """Return a lock that is held; whoever tidies up may have removed its file while it was being taken."""
    while True:
        lock = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        fcntl.flock(lock, fcntl.LOCK_EX)
        with suppress(FileNotFoundError):
            if os.path.samestat(os.fstat(lock), path.stat()):
                return lock
        os.close(lock)


def _remove_lock(path: Path) -> None:
    """Remove the lock of a folder that is gone, unless a worker has taken it and is about to make the folder."""
    with suppress(FileNotFoundError):
        lock = os.open(path, os.O_RDWR | os.O_CLOEXEC)
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            if not Path(str(path).removesuffix(LOCK_SUFFIX)).is_dir():
                path.unlink(missing_ok=True)
        except BlockingIOError:
            return
        finally:
            os.close(lock)


def _lock_path(folder: Path) -> Path:
    return folder.with_name(folder.name + LOCK_SUFFIX)
