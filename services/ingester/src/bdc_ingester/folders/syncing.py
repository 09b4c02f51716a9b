"""What a power cut may not undo: directories written to the disk, many moves at once."""

import os
from pathlib import Path


def sync_directory(path: Path) -> None:
    """Make the names in a directory survive a power cut."""
    handle = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


class SyncGroup:
    """Directories that moves have touched; each is synced once, however many files went through it."""

    def __init__(self) -> None:
        self._directories: set[Path] = set()

    def touched(self, *directories: Path) -> None:
        """Note directories in which a name has come or gone."""
        self._directories.update(directories)

    def sync(self) -> None:
        """Sync what was touched; a directory that is gone has no names to lose."""
        while self._directories:
            directory = self._directories.pop()
            if directory.is_dir():
                sync_directory(directory)
