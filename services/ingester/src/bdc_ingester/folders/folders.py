"""The folders that files of any service pass through, from where they arrive to where they are kept."""

import os
import re
import secrets
import tempfile
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from pathlib import Path
from typing import Final

from bdc_ingester.folders.beneath import FOLDER_MODE, find_beneath, make_beneath
from bdc_ingester.folders.cleaning import remove_older
from bdc_ingester.folders.compression import compress_new
from bdc_ingester.folders.content import Compression
from bdc_ingester.folders.moving import move_new
from bdc_ingester.folders.names import is_part, safe_name, safe_path
from bdc_ingester.folders.stamps import Stamp

DEFAULT_STAMP: Final = "{year}/{month}/{day}/{id}"


class Folder(StrEnum):
    """Where a file stands: it arrives in `transfer`, is worked on in `proc`, and ends in `archive` or `failed`."""

    TRANSFER = "transfer"
    PROC = "proc"
    ARCHIVE = "archive"
    FAILED = "failed"
    TEMP = "temp"


class Folders:
    """A root with a folder for each standing; `base` is a folder in each of them, such as the name of a project.

    Names may have parts (`2026/report.json`), and can not lead out: links below the folders are refused. A folder may
    be elsewhere (`locations`), also in another file system.
    """

    def __init__(
        self, root: Path, *, archive_stamp: str = DEFAULT_STAMP, locations: Mapping[Folder, Path] | None = None
    ) -> None:
        self.root = root
        self.stamp = Stamp(archive_stamp)
        self._locations = {folder: root / (locations or {}).get(folder, folder.value) for folder in Folder}

    def path(self, folder: Folder) -> Path:
        """Return where a folder is."""
        return self._locations[folder]

    def create(self) -> None:
        """Make the folders that are not there, for the owner and its group alone."""
        for path in self._locations.values():
            path.mkdir(mode=FOLDER_MODE, parents=True, exist_ok=True)

    def list(self, folder: Folder, pattern: str | re.Pattern[str] | None = None, base: str = "") -> list[Path]:
        """Return the regular files whose whole name matches, sorted by name; unfinished ones are not shown.

        Raises:
            UnsafeName: `base` leads out, or through a link.
        """
        place = find_beneath(self.path(folder), _parts(base)) if self.path(folder).is_dir() else None
        if place is None:
            return []
        matches = re.compile(pattern).fullmatch if pattern is not None else bool
        with os.scandir(place) as entries:
            names = [entry.name for entry in entries if entry.is_file(follow_symlinks=False)]
        return [place / name for name in sorted(names) if matches(name) and not is_part(place / name)]

    def make(self, folder: Folder, name: str | None = None, base: str = "") -> Path:
        """Return the path for a new file, whose folders are made; without a name one that nobody has.

        Raises:
            UnsafeName: the name or `base` leads out, or through a link.
        """
        *inner, last = safe_path(name) if name is not None else [secrets.token_hex(16)]
        self.create()
        return make_beneath(self.path(folder), [*_parts(base), *inner]) / last

    def make_temp(self, *, folder: bool = False) -> Path:
        """Make a scratch file, or folder, that nobody else gets; `clean_temp` removes what is forgotten."""
        self.create()
        if folder:
            return Path(tempfile.mkdtemp(dir=self.path(Folder.TEMP)))
        handle, name = tempfile.mkstemp(dir=self.path(Folder.TEMP))
        os.close(handle)
        return Path(name)

    def move(self, source: Path, folder: Folder, base: str = "") -> Path:
        """Move a file into a folder under its own name, and return where it is.

        Raises:
            TargetExists: another file has the name there.
            UnsafeName: `base` leads out, or through a link.
        """
        target = self.make(folder, safe_name(source.name), base)
        move_new(source, target)
        return target

    def move_archive(
        self,
        source: Path,
        identity: str,
        *,
        moment: datetime | None = None,
        compression: Compression | None = None,
        base: str = "",
    ) -> Path:
        """Move a file into the archive's folder for this moment (now) and id, and return where it is.

        Raises:
            TargetExists: another file has the name there.
            UnsafeName: the id or `base` is no name of a folder.
        """
        stamp = self.stamp.folders(moment or datetime.now(UTC), identity)
        target = self.make(Folder.ARCHIVE, "/".join((*stamp, safe_name(source.name))), base)
        if compression is None:
            move_new(source, target)
            return target
        target = target.with_name(safe_name(target.name + compression.extension))
        compress_new(source, target, compression)
        return target

    def clean_temp(self, older_than: timedelta) -> int:
        """Remove scratch files and folders that nobody has changed for so long, and return how many."""
        return remove_older(self.path(Folder.TEMP), datetime.now(UTC) - older_than, which=lambda _entry: True)


def _parts(base: str) -> tuple[str, ...]:
    return safe_path(base) if base else ()
