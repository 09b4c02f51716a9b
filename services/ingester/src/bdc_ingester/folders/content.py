"""What files hold, behind their compression."""

import gzip
import hashlib
import stat
from contextlib import suppress
from enum import StrEnum
from pathlib import Path
from typing import BinaryIO, cast

import zstandard


class Compression(StrEnum):
    """How archived files are compressed."""

    ZSTD = "zstd"
    GZIP = "gzip"

    @property
    def extension(self) -> str:
        """Return what is added to the file's name."""
        return ".zst" if self is Compression.ZSTD else ".gz"


def hash_content(path: Path, compression: Compression | None = None) -> str | None:
    """Return a digest of what a regular file holds; None where it is no such file, or damaged."""
    if not stat.S_ISREG(path.lstat().st_mode):
        return None
    with suppress(OSError, EOFError, zstandard.ZstdError), path.open("rb") as file:
        stream = file if compression is None else _decompressed(file, compression)
        return hashlib.file_digest(stream, "sha256").hexdigest()  # type: ignore[arg-type]
    return None


def _decompressed(file: BinaryIO, compression: Compression) -> BinaryIO:
    if compression is Compression.ZSTD:
        return cast("BinaryIO", zstandard.ZstdDecompressor().stream_reader(file, read_across_frames=True))
    return cast("BinaryIO", gzip.GzipFile(mode="rb", fileobj=file))
