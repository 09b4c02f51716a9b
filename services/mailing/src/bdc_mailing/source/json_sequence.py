"""JSON texts one after another as they were received (RFC 7464)."""

from collections.abc import Iterator, Sequence

MEDIA_TYPE = "application/json-seq"
# A control character, so no JSON text has it inside.
_SEPARATOR = b"\x1e"


def join(texts: Sequence[bytes]) -> tuple[bytes, list[int]]:
    """Return the sequence, and where in it each text begins."""
    offsets, size = [], 0
    for text in texts:
        offsets.append(size + 1)
        size += len(text) + 2
    return b"".join(b"".join((_SEPARATOR, text, b"\n")) for text in texts), offsets


def split(data: bytes) -> Iterator[tuple[int, bytes]]:
    """Yield each text with where it begins."""
    offset = 1
    for text in data.split(_SEPARATOR)[1:]:
        yield offset, text.removesuffix(b"\n")
        offset += len(text) + 1
