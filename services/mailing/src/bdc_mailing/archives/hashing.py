"""A stream that is hashed as it is read."""

import io
from hashlib import sha256
from typing import TYPE_CHECKING, BinaryIO

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer

_STEP_BYTES = 1 << 20


class HashingStream(io.RawIOBase):
    """Passes a stream on; `count` bytes of it were read, what was skipped included."""

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
        chunk = self._stream.read(len(view))
        view[: len(chunk)] = chunk
        self._hasher.update(chunk)
        self.count += len(chunk)
        return len(chunk)

    def skip(self, size: int) -> None:
        """Read up to `size` bytes from the stream's start, or as many as there are."""
        while self.count < size and self.read(min(_STEP_BYTES, size - self.count)):
            pass

    def digest(self) -> str:
        """Return the SHA-256 of everything so far, in hexadecimal."""
        return self._hasher.hexdigest()
