"""Folders inside a folder, opened step by step, so that no link on the way leads elsewhere."""

import errno
import os
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import Final

from bdc_ingester.folders.errors import UnsafeName

FOLDER_MODE: Final = 0o750
_FLAGS: Final = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
_NO_FOLDER: Final = frozenset({errno.ENOTDIR, errno.ELOOP})


def make_beneath(root: Path, parts: Sequence[str]) -> Path:
    """Make the folders below `root` that are not there yet, and return the innermost.

    Raises:
        UnsafeName: a step is a link or a file.
    """
    _walk(root, parts, make=True)
    return root.joinpath(*parts)


def find_beneath(root: Path, parts: Sequence[str]) -> Path | None:
    """Return the folder below `root`, None where it is not there.

    Raises:
        UnsafeName: a step is a link or a file.
    """
    try:
        _walk(root, parts, make=False)
    except FileNotFoundError:
        return None
    return root.joinpath(*parts)


def _walk(root: Path, parts: Sequence[str], *, make: bool) -> None:
    """Open one folder after the other; the path of `root` itself may go through links."""
    handle = os.open(root, _FLAGS & ~os.O_NOFOLLOW)
    try:
        for part in parts:
            handle = _step(handle, part, make=make)
    finally:
        os.close(handle)


def _step(outer: int, part: str, *, make: bool) -> int:
    """Open `part` of the opened folder, which is closed."""
    if make:
        with suppress(FileExistsError):
            os.mkdir(part, FOLDER_MODE, dir_fd=outer)
    try:
        inner = os.open(part, _FLAGS, dir_fd=outer)
    except OSError as error:
        if error.errno in _NO_FOLDER:
            raise UnsafeName(f"{part!r} is no folder: a link or a file is in the way, remove it") from error
        raise
    os.close(outer)
    return inner
