"""Finds what is new in an mbox since it was last read, and puts that into the raw archive.

Archives of lists grow at their end. Whatever was read is known by its hash: if a file still begins with it, only
the rest is new; if not, it was rewritten and all of it is read again, which deterministic ids make harmless.
"""

import io
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

from bdc_chassis.archive import Archive

from bdc_mailing.position import FilePosition, Pending
from bdc_mailing.source.byte_stream import buffered, open_bytes

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer

MEDIA_TYPE = "application/mbox"
_STEP_BYTES = 1 << 20
_PEEK_BYTES = 4096


@dataclass(frozen=True, slots=True)
class Growth:
    """A new part of a file, archived; `damage` says why a compressed file ended early."""

    pending: Pending
    damage: str | None = None


def archive_growth(path: Path, position: FilePosition, archive: Archive, source: str) -> Growth | None:
    """Archive what `path` has beyond `position`; None where there is nothing new.

    Raises:
        CommandError: the file is missing or cannot be read.
    """
    start = _start(path, position)
    if start is None:
        return None
    with open_bytes(path) as raw:
        hashing = _Hashing(buffered(raw))
        hashing.skip(start)
        meta = {"file": path.name, "start": start}
        ref = archive.put_file(buffered(hashing), media_type=MEDIA_TYPE, source=source, meta=meta)
        return Growth(Pending(ref=ref, start=start, size=hashing.count, sha256=hashing.digest()), raw.damage)


def _start(path: Path, position: FilePosition) -> int | None:
    """Return where reading begins: at the end of what was read, at its last message if that went on, else at 0."""
    if position.sha256 is None:
        return 0
    with open_bytes(path) as raw:
        hashing = _Hashing(buffered(raw))
        hashing.skip(position.size)
        if hashing.count < position.size or hashing.digest() != position.sha256:
            return 0
        following = hashing.read(_PEEK_BYTES)
    if not following:
        return None
    return position.size if following.lstrip(b"\r\n").startswith(b"From ") else position.last


class _Hashing(io.RawIOBase):
    """Passes a stream on and hashes all of it, what is skipped included."""

    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream
        self._hasher = sha256()
        self.count = 0

    def readable(self) -> bool:
        """Return True."""
        return True

    def readinto(self, buffer: "WriteableBuffer") -> int:
        """Read and hash."""
        view = memoryview(buffer).cast("B")
        size = self._stream.readinto(view)  # type: ignore[attr-defined]  # every buffered reader has it
        self._hasher.update(view[:size])
        self.count += size
        return int(size)

    def skip(self, size: int) -> None:
        """Read `size` bytes, or as many as there are."""
        while self.count < size and self.read(min(_STEP_BYTES, size - self.count)):
            pass

    def digest(self) -> str:
        """Return the hash of everything so far."""
        return self._hasher.hexdigest()


