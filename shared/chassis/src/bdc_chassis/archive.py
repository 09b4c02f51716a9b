"""The raw archive: what a source sent, as it was received, under the digest of its content.

`objects/ab/<digest>.zst` holds the bytes, `sources/<source>/<digest>.json` says what they are. A `<digest>.moved` says
what replaced an object (somebody in it was forgotten); what comes again stays replaced. All are written to a temporary
file and renamed, so a crash leaves whole files only, and putting something twice stores it once.
"""

import io
import os
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import asdict, dataclass, field, replace
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import IO, TYPE_CHECKING, Any, BinaryIO, Final, Protocol, cast
from urllib.parse import quote

import orjson
import zstandard

from bdc_chassis.errors import CommandError, ValidationFailed

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer

    from bdc_chassis.settings import ChassisSettings

SCHEME: Final = "sha256:"
CHUNK_BYTES: Final = 1024 * 1024
COMPRESSION_LEVEL: Final = 3
MAX_NAME: Final = 200


@dataclass(frozen=True, slots=True)
class ArchiveEntry:
    """What the archive knows about one object; `size` is in bytes before compression."""

    ref: str
    media_type: str
    source: str
    size: int
    archived_at: str
    meta: Mapping[str, Any] = field(default_factory=dict)


class Archive(Protocol):
    """Where raw input is kept; a filesystem now, S3 by the same six methods."""

    def put(self, data: bytes, *, media_type: str, source: str, meta: Mapping[str, Any] | None = None) -> str:
        """Store `data`, return its reference `sha256:<hex>`; `source` is a path-like name such as `mailing/boost`."""

    def put_file(
        self, content: Path | BinaryIO, *, media_type: str, source: str, meta: Mapping[str, Any] | None = None
    ) -> str:
        """Store a file or stream of any size with flat memory and return its reference."""

    def get(self, ref: str) -> bytes:
        """Return the bytes of `ref`.

        Raises:
            CommandError: there is no such object.
            ValidationFailed: what is stored is not what was put.
        """

    def open(self, ref: str) -> BinaryIO:
        """Return a stream of the bytes of `ref`; its end raises ValidationFailed if they are not what was put."""

    def list(self, prefix: str = "") -> Iterator[ArchiveEntry]:
        """Return what came from the sources that begin with `prefix`, per source in the order of arrival."""

    def replace(self, entry: ArchiveEntry, data: bytes) -> str:
        """Put `data` in the place of an object, which goes for good; the old reference leads to the new one."""


def open_archive(settings: "ChassisSettings") -> Archive:
    """Return the archive that the settings name."""
    return FileArchive(settings.archive_path)


class FileArchive:
    """The raw archive in a folder; `fsync` makes every object survive a power cut, at the price of speed."""

    def __init__(self, root: Path, *, fsync: bool = False) -> None:
        self.root = root
        self._fsync = fsync

    def put(self, data: bytes, *, media_type: str, source: str, meta: Mapping[str, Any] | None = None) -> str:
        """Store `data`; see `Archive.put`."""
        return self.put_file(io.BytesIO(data), media_type=media_type, source=source, meta=meta)

    def put_file(
        self, content: Path | BinaryIO, *, media_type: str, source: str, meta: Mapping[str, Any] | None = None
    ) -> str:
        """Store a file or stream; see `Archive.put_file`."""
        if isinstance(content, Path):
            with content.open("rb") as stream:
                return self.put_file(stream, media_type=media_type, source=source, meta=meta)
        digest, size = self._store(content)
        entry = ArchiveEntry(SCHEME + digest, media_type, source, size, datetime.now(UTC).isoformat(), dict(meta or {}))
        self._describe(digest, entry)
        return entry.ref

    def get(self, ref: str) -> bytes:
        """Return the bytes of `ref`; see `Archive.get`."""
        with closing(self.open(ref)) as stream:
            return stream.read()

    def open(self, ref: str) -> BinaryIO:
        """Return a stream of `ref`; see `Archive.open`."""
        digest = self._present(ref.removeprefix(SCHEME))
        try:
            compressed = self._object(digest).open("rb")
        except FileNotFoundError as error:
            raise CommandError(f"the archive {self.root} has no object {ref}") from error
        return cast("BinaryIO", io.BufferedReader(_Verified(compressed, digest, ref), CHUNK_BYTES))

    def list(self, prefix: str = "") -> Iterator[ArchiveEntry]:
        """Return the entries of the sources that begin with `prefix`; see `Archive.list`."""
        base = self._source(prefix.rpartition("/")[0])
        for folder, _, names in sorted(os.walk(base)):
            entries = [_read_entry(Path(folder, name)) for name in names if name.endswith(".json")]
            yield from sorted(
                (entry for entry in entries if entry.source.startswith(prefix)),
                key=lambda entry: (entry.archived_at, entry.ref),
            )

    def replace(self, entry: ArchiveEntry, data: bytes) -> str:
        """Put `data` in the place of an object; see `Archive.replace`."""
        old = entry.ref.removeprefix(SCHEME)
        digest, size = self._store(io.BytesIO(data))
        self._describe(digest, replace(entry, ref=SCHEME + digest, size=size))
        with _scratch_file(self.root / "tmp") as scratch:
            scratch.write(digest.encode())
            self._settle(scratch, self._moved(old))
        (self._source(entry.source) / f"{old}.json").unlink(missing_ok=True)
        self._object(old).unlink(missing_ok=True)
        return SCHEME + digest

    def _store(self, content: BinaryIO) -> tuple[str, int]:
        hasher, size = sha256(), 0
        with _scratch_file(self.root / "tmp") as scratch:
            with zstandard.ZstdCompressor(COMPRESSION_LEVEL).stream_writer(scratch, closefd=False) as writer:
                while chunk := content.read(CHUNK_BYTES):
                    hasher.update(chunk)
                    size += len(chunk)
                    writer.write(chunk)
            digest = hasher.hexdigest()
            if (present := self._present(digest)) == digest:
                self._settle(scratch, self._object(digest))
        return present, size

    def _describe(self, digest: str, entry: ArchiveEntry) -> None:
        path = self._source(entry.source) / f"{digest}.json"
        if path.exists():
            return
        with _scratch_file(self.root / "tmp") as scratch:
            scratch.write(orjson.dumps(asdict(entry), option=orjson.OPT_NON_STR_KEYS))
            self._settle(scratch, path)

    def _settle(self, scratch: IO[bytes], path: Path) -> None:
        if path.exists():
            return
        scratch.flush()
        if self._fsync:
            os.fsync(scratch.fileno())
        path.parent.mkdir(parents=True, exist_ok=True)
        Path(scratch.name).replace(path)

    def _object(self, digest: str) -> Path:
        return self.root / "objects" / digest[:2] / f"{digest}.zst"

    def _moved(self, digest: str) -> Path:
        return self.root / "objects" / digest[:2] / f"{digest}.moved"

    def _present(self, digest: str) -> str:
        """Return the digest of what stands for an object now: itself, or what replaced it."""
        moved = self._moved(digest)
        return self._present(moved.read_text("ascii")) if moved.exists() else digest

    def _source(self, source: str) -> Path:
        return self.root.joinpath("sources", *map(_segment, filter(None, source.split("/"))))


@contextmanager
def _scratch_file(folder: Path) -> Iterator[IO[bytes]]:
    """Yield a temporary file that is gone afterwards unless it was renamed."""
    folder.mkdir(parents=True, exist_ok=True)
    with NamedTemporaryFile(dir=folder, delete=False) as file:
        try:
            yield file
        finally:
            Path(file.name).unlink(missing_ok=True)


def _segment(name: str) -> str:
    """Return a file name for one part of a source's name: no separators, no dot names, not too long."""
    safe = quote(name, safe="@ ")
    safe = safe if safe.strip(".") else safe.replace(".", "%2E")
    return safe if len(safe) <= MAX_NAME else f"{safe[:MAX_NAME]}~{sha256(name.encode()).hexdigest()[:16]}"


def _read_entry(path: Path) -> ArchiveEntry:
    return ArchiveEntry(**orjson.loads(path.read_bytes()))


class _Verified(io.RawIOBase):
    """The decompressed bytes of an object, refused at their end if their digest is another."""

    def __init__(self, compressed: BinaryIO, digest: str, ref: str) -> None:
        self._compressed = compressed
        self._reader = zstandard.ZstdDecompressor().stream_reader(compressed)
        self._hasher = sha256()
        self._digest = digest
        self._ref = ref

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: "WriteableBuffer") -> int:
        view = memoryview(buffer).cast("B")
        try:
            count = self._reader.readinto(view)
        except zstandard.ZstdError as error:
            raise ValidationFailed(f"the archived object {self._ref} is damaged: {error}") from error
        self._hasher.update(view[:count])
        if not count and len(view) and self._hasher.hexdigest() != self._digest:
            raise ValidationFailed(f"the archived object {self._ref} is damaged: its digest is another")
        return count

    def close(self) -> None:
        self._compressed.close()
        super().close()
