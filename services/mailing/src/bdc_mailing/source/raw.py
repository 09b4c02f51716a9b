"""A message as an archive holds it, before anything is understood of it."""

from datetime import datetime
from hashlib import sha256
from typing import NamedTuple

MAX_MESSAGE_BYTES = 32 * 1024 * 1024
"""More of one message is never held in memory; the rest stays in the raw archive only."""


class RawMessage(NamedTuple):
    """The bytes of one message and where they were found.

    `offset` and `length` are bytes of the uncompressed archive, the separator line included; `name` is the file's name
    where the archive is a directory. `archived_at` is what the envelope line says, if it says anything credible.
    """

    data: bytes
    offset: int = 0
    length: int = 0
    archived_at: datetime | None = None
    truncated: bool = False
    name: str | None = None


def canonical(data: bytes) -> bytes:
    """Return the message as every kind of archive would give it: lines end in LF, no empty lines at the end."""
    if b"\r" in data:
        data = data.replace(b"\r\n", b"\n")
    return data.rstrip(b"\n")


def content_hash(data: bytes) -> str:
    """Return the SHA-256 of the canonical bytes, in hexadecimal."""
    return sha256(canonical(data)).hexdigest()
