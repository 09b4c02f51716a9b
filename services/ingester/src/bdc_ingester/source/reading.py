"""Reads one file of a spool, which anybody may have put there."""

import errno
import os
import stat
from pathlib import Path
from typing import Final

from bdc_chassis.errors import BdcError

from bdc_ingester.rejection import Reason, Rejected, Rejection

# A fifo would block whoever opens it, a link would show what is elsewhere.
_FLAGS: Final = os.O_RDONLY | os.O_CLOEXEC | os.O_NOFOLLOW | os.O_NONBLOCK
_LINK_ERRNOS: Final = frozenset({errno.ELOOP, errno.EMLINK})
# What opening a socket or a device without a driver answers.
_SPECIAL_ERRNOS: Final = frozenset({errno.ENXIO, errno.ENODEV, errno.EOPNOTSUPP, errno.EISDIR})


class Vanished(BdcError):  # noqa: N818  (says what happened)
    """The file is no longer there: somebody else took it, or took it back."""


def read_file(path: Path, *, max_bytes: int) -> bytes:
    """Return the content of a regular file; of a larger one than `max_bytes` nothing is read.

    Raises:
        Vanished: there is no such file.
        Rejected: it is no regular file, unreadable, empty or too large.
        OSError: the machine or the file system is at fault, and trying again may help.
    """
    handle = _open(path)
    try:
        status = os.fstat(handle)
        if not stat.S_ISREG(status.st_mode):
            raise _rejected(Reason.NOT_A_FILE, "the name belongs to something that is no regular file")
        if status.st_size > max_bytes:
            raise _too_large(status.st_size, max_bytes)
        data = _read(handle, max_bytes + 1)
    finally:
        os.close(handle)
    if len(data) > max_bytes:
        raise _too_large(len(data), max_bytes)
    if not data:
        raise _rejected(Reason.EMPTY, "the file is empty")
    return data


def _open(path: Path) -> int:
    try:
        return os.open(path, _FLAGS)
    except FileNotFoundError as error:
        raise Vanished(f"{path.name} is gone") from error
    except PermissionError as error:
        raise _rejected(Reason.UNREADABLE, "the service may not read the file") from error
    except OSError as error:
        if error.errno in _LINK_ERRNOS:
            raise _rejected(Reason.NOT_A_FILE, "the name belongs to a symbolic link") from error
        if error.errno in _SPECIAL_ERRNOS:
            raise _rejected(Reason.NOT_A_FILE, "the name belongs to something that is no regular file") from error
        raise


def _read(handle: int, limit: int) -> bytes:
    """Read up to `limit` bytes; a file may have grown since it was looked at, and a read may be short."""
    parts: list[bytes] = []
    while limit > 0 and (part := os.read(handle, limit)):
        parts.append(part)
        limit -= len(part)
    return parts[0] if len(parts) == 1 else b"".join(parts)


def _too_large(size: int, max_bytes: int) -> Rejected:
    return _rejected(Reason.TOO_LARGE, f"the file has {size:,} bytes, and at most {max_bytes:,} are read")


def _rejected(reason: Reason, error: str) -> Rejected:
    return Rejected(Rejection(reason, error))
