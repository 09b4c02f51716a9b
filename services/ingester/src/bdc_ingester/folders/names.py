"""Names of files that stay where they are put."""

import os
from pathlib import Path
from typing import Final

from bdc_ingester.folders.errors import UnsafeName

# What common file systems take.
LONGEST_NAME_BYTES: Final = 255
SHOWN: Final = 80
PART: Final = ".part"


def safe_name(name: str) -> str:
    """Return `name` if it is one file name and nothing else.

    Raises:
        UnsafeName: it is empty, `.` or `..`, has a slash or control characters, or is too long for a file system.
    """
    try:
        size = len(os.fsencode(name))
    except UnicodeEncodeError:
        size = 0
    if not 0 < size <= LONGEST_NAME_BYTES or name in {".", ".."} or "/" in name or not _is_text(name):
        raise UnsafeName(f"{name[:SHOWN]!r} is no name for a file: use letters, digits and `-_.`, without slashes")
    return name


def safe_path(name: str) -> tuple[str, ...]:
    """Return the parts of a path inside a folder, such as `2026/report.json`.

    Raises:
        UnsafeName: it is absolute, or one of its parts is no safe name.
    """
    return tuple(map(safe_name, name.split("/")))


def part_name(name: str, unique: str) -> str:
    """Return what a file is called until it is whole; it begins with a dot and ends in `PART`."""
    return f".{name[:SHOWN]}.{unique}{PART}"


def is_part(path: Path) -> bool:
    """Tell whether a file is the unfinished one of somebody's move or write."""
    return path.name.startswith(".") and path.name.endswith(PART)


def _is_text(name: str) -> bool:
    return all(char.isprintable() or ord(char) > 127 for char in name) and "\x7f" not in name  # noqa: PLR2004  (ASCII)
