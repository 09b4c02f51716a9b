"""Deterministic event ids: the same fact has the same id wherever and whenever it is published."""

from hashlib import blake2b

ID_BYTES = 16


def digest(*parts: str | bytes) -> str:
    """Return a 32-digit hexadecimal digest of `parts`; unlike joining, `("a", "b")` and `("ab",)` differ."""
    return blake2b(framed(*parts), digest_size=ID_BYTES).hexdigest()


def framed(*parts: str | bytes) -> bytes:
    """Put each part behind its length, which is what the digest hashes; frames can be concatenated."""
    pieces: list[bytes] = []
    for part in parts:
        data = part.encode("utf-8", "surrogatepass") if isinstance(part, str) else part
        pieces += (len(data).to_bytes(8, "big"), data)
    return b"".join(pieces)


def digest_after(prefix: bytes, *parts: str | bytes) -> str:
    """Return the digest of the parts that `prefix` frames, and then `parts`."""
    return blake2b(prefix + framed(*parts), digest_size=ID_BYTES).hexdigest()
