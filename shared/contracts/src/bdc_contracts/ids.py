"""Deterministic event ids: the same fact has the same id wherever and whenever it is published."""

from hashlib import blake2b

ID_BYTES = 16


def digest(*parts: str | bytes) -> str:
    """Return a 32-digit hexadecimal digest of `parts`; unlike joining, `("a", "b")` and `("ab",)` differ."""
    hasher = blake2b(digest_size=ID_BYTES)
    for part in parts:
        data = part.encode("utf-8", "surrogatepass") if isinstance(part, str) else part
        hasher.update(len(data).to_bytes(8, "big"))
        hasher.update(data)
    return hasher.hexdigest()
