"""Compressed archives that are whole before the original goes."""

import gzip
import shutil
from pathlib import Path
from typing import BinaryIO, Final, cast

import zstandard

from bdc_ingester.folders.content import Compression, hash_content
from bdc_ingester.folders.errors import TargetExists
from bdc_ingester.folders.syncing import sync_directory
from bdc_ingester.folders.writing import new_file

ZSTD_LEVEL: Final = 3
GZIP_LEVEL: Final = 6


def compress_new(source: Path, target: Path, compression: Compression) -> None:
    """Replace `source` by its compressed content under the name `target`, which is durable before the source goes.

    Doing it again after a crash finishes it: a target of the same content counts as done.

    Raises:
        TargetExists: another file has the name.
    """
    with source.open("rb") as reader:
        try:
            with new_file(target) as writer, _compressed(writer, compression) as stream:
                shutil.copyfileobj(reader, stream)
        except TargetExists:
            if hash_content(source) != hash_content(target, compression):
                raise
    source.unlink()
    sync_directory(source.parent)


def _compressed(file: BinaryIO, compression: Compression) -> BinaryIO:
    if compression is Compression.ZSTD:
        return cast("BinaryIO", zstandard.ZstdCompressor(ZSTD_LEVEL).stream_writer(file, closefd=False))
    return cast("BinaryIO", gzip.GzipFile(filename="", mode="wb", compresslevel=GZIP_LEVEL, fileobj=file))
