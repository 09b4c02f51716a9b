"""Opens a file as the bytes that it means: plain, or gzip whatever its name says."""

import gzip
import io
import zlib
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, cast

from bdc_chassis.errors import CommandError

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer

_GZIP_MAGIC = b"\x1f\x8b"
_BUFFER_BYTES = 1 << 20
_PEEK_BYTES = 256
_COMPRESSED_BYTES = 1 << 16
"""At a time: `gzip` asks for 8 KiB, and each step of a reading thread waits for the interpreter's lock."""


class ByteStream(io.RawIOBase):
    """The uncompressed bytes of a file. A damaged gzip ends where it is damaged, and `damage` says why."""

    def __init__(self, path: Path) -> None:
        self.damage: str | None = None
        self._path = path
        self._file = path.open("rb")
        magic = self._file.read(2)
        self._file.seek(0)
        self._source: io.BufferedReader | gzip.GzipFile = self._file
        if magic == _GZIP_MAGIC:
            self._source = gzip.GzipFile(fileobj=cast("BinaryIO", _Generous(self._file)))

    def readable(self) -> bool:
        """Return True."""
        return True

    def readinto(self, buffer: "WriteableBuffer") -> int:
        """Read into `buffer`; 0 at the end, or where the compressed data are damaged."""
        view = memoryview(buffer).cast("B")
        if self.damage is not None:
            return 0
        try:
            chunk = self._source.read1(len(view))  # `read` would lose what it had before the damage
        except (EOFError, zlib.error, gzip.BadGzipFile) as error:
            self.damage = f"{self._path.name} is damaged, what comes after is lost: {error}"
            return 0
        view[: len(chunk)] = chunk
        return len(chunk)

    def close(self) -> None:
        """Close the file."""
        self._file.close()
        super().close()


class _Generous:
    """Gives `gzip` more than it asks for where it asks for a buffer's worth; what a header has, it asks for exactly."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self.seek = file.seek

    def read(self, size: int) -> bytes:
        return self._file.read(max(size, _COMPRESSED_BYTES) if size >= io.DEFAULT_BUFFER_SIZE else size)


def open_bytes(path: Path) -> ByteStream:
    """Open a file.

    Raises:
        CommandError: it does not exist or cannot be read.
    """
    try:
        return ByteStream(path)
    except OSError as error:
        raise CommandError(
            f"cannot read {path}: {error.strerror or error}; see that it exists and is readable"
        ) from error


def buffered(stream: io.RawIOBase) -> BinaryIO:
    """Return `stream` read in large steps."""
    return cast("BinaryIO", io.BufferedReader(stream, _BUFFER_BYTES))


def is_web_page(path: Path) -> bool:
    """Tell whether a file begins as an HTML document does.

    Raises:
        CommandError: it does not exist or cannot be read.
    """
    with open_bytes(path) as stream:
        return buffered(stream).read(_PEEK_BYTES).lstrip().lower().startswith((b"<!doctype html", b"<html"))
