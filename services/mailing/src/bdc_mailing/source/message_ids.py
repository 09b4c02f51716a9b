"""Message-IDs and lists of them, in the one form in which they are compared."""

import re
from hashlib import sha256

MAX_ID_CHARS = 500
"""A longer id would not fit an index entry; its digest stands for it, everywhere alike."""
MAX_REFERENCES = 1000
_BRACKETED = re.compile(r"<([^<>]+)>")


def normal_id(text: str) -> str | None:
    """Return the id without brackets, comments and white space, None where nothing is left."""
    found = _BRACKETED.search(text)
    return _normal(found[1] if found else text)


def _normal(text: str) -> str | None:
    bare = "".join(text.split()).strip("<>")
    if not bare:
        return None
    return bare if len(bare) <= MAX_ID_CHARS else content_id(sha256(bare.encode("utf-8", "replace")).hexdigest())


def content_id(digest: str) -> str:
    """Return the id of a message that has none of its own."""
    return f"sha256:{digest}"


def id_list(texts: list[str]) -> tuple[str, ...]:
    """Return the bracketed ids of References or In-Reply-To, in order, each once; prose around them is ignored."""
    found: dict[str, None] = {}
    for text in texts:
        given = [_normal(one) for one in _BRACKETED.findall(text)]
        if not given and "@" in text and " " not in text.strip():
            given = [normal_id(f"<{text}>")]
        for normal in filter(None, given):
            found[normal] = None
    return tuple(found)[:MAX_REFERENCES]
