"""Removes what was left behind: scratch files, and the unfinished part of a move that a crash ended."""

import shutil
import stat
from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path

from bdc_ingester.folders.names import is_part


def remove_older(folder: Path, before: datetime, *, which: Callable[[Path], bool] = is_part) -> int:
    """Remove the entries of a folder that were last changed before a moment, and return how many.

    By default only the unfinished parts go; of a folder in it the newest file counts. Links are never followed.
    """
    limit = before.timestamp()
    entries = folder.iterdir() if folder.is_dir() else ()
    old = [entry for entry in entries if which(entry) and _last_change(entry) < limit]
    for entry in old:
        if entry.is_dir() and not entry.is_symlink():
            shutil.rmtree(entry, ignore_errors=True)
        else:
            entry.unlink(missing_ok=True)
    return len(old)


def _last_change(entry: Path) -> float:
    return max(_changes(entry), default=0.0)


def _changes(entry: Path) -> Iterator[float]:
    try:
        status = entry.lstat()
        yield status.st_mtime
        if stat.S_ISDIR(status.st_mode):
            for inner in entry.iterdir():
                yield from _changes(inner)
    except FileNotFoundError:  # somebody else removed it
        return
