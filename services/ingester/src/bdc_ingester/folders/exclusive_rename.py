"""Renames that fail where the target exists, in one step of the kernel where it has one for it.

Python has no name for `renameat2` (Linux 3.15) and `renameatx_np` (macOS 10.12).
"""

import ctypes
import errno
import os
import sys
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Final, TypeAlias

Rename: TypeAlias = Callable[[int, bytes, int, bytes, int], int]

_HERE: Final = -2 if sys.platform == "darwin" else -100  # AT_FDCWD
_NO_REPLACE: Final = 4 if sys.platform == "darwin" else 1  # RENAME_EXCL, RENAME_NOREPLACE
_NAME: Final = "renameatx_np" if sys.platform == "darwin" else "renameat2"
# The file system (some network ones) or the kernel has no such rename.
_UNSUPPORTED: Final = frozenset({errno.EINVAL, errno.ENOSYS, errno.ENOTSUP, errno.EOPNOTSUPP})


def _kernel_rename() -> Rename | None:
    function = getattr(ctypes.CDLL(None, use_errno=True), _NAME, None)
    if function is None:
        return None
    function.argtypes = (ctypes.c_int, ctypes.c_char_p, ctypes.c_int, ctypes.c_char_p, ctypes.c_uint)
    function.restype = ctypes.c_int
    return function  # type: ignore[no-any-return]


_rename: Final = _kernel_rename()


def rename_exclusively(source: Path, target: Path) -> None:
    """Rename a file in its file system.

    Raises:
        FileExistsError: the target exists; if it is the same file under two names, one of them is left: the target.
        OSError: `errno` says why not, EXDEV for another file system.
    """
    if _rename is not None:
        answer = _rename(_HERE, os.fsencode(source), _HERE, os.fsencode(target), _NO_REPLACE)
        problem = ctypes.get_errno()
        if answer == 0:
            return
        if problem not in _UNSUPPORTED:
            _raise_or_settle(problem, source, target)
            return
    try:
        os.link(source, target, follow_symlinks=False)
    except FileExistsError:
        _raise_or_settle(errno.EEXIST, source, target)
        return
    source.unlink()


def _raise_or_settle(problem: int, source: Path, target: Path) -> None:
    """Finish what a crash between link and unlink has left, or raise."""
    if problem == errno.EEXIST:
        with suppress(FileNotFoundError):
            if os.path.samestat(source.lstat(), target.lstat()):
                source.unlink()
                return
    raise OSError(problem, os.strerror(problem), str(source), None, str(target))
