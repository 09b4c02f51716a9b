"""The subject grammar: `bdc.v1.<domain>.<entity>.<action>[.<route>]`, in the past tense (DESIGN §4)."""

import re
from functools import lru_cache
from typing import Final

PREFIX: Final = "bdc.v1"
CONTROL: Final = "control"

_WORD = r"[a-z][a-z0-9_-]*"
_WORDS = re.compile(_WORD)
_SUBJECT = re.compile(rf"bdc\.v[1-9]\d*(\.{_WORD}){{3,4}}")


@lru_cache(maxsize=1024)
def subject(domain: str, entity: str, action: str, *, route: str | None = None) -> str:
    """Build a subject; `route` names the one service that a control message is for.

    Raises:
        ValueError: a part is not a lower-case word.
    """
    words = (domain, entity, action, *([] if route is None else [route]))
    for word in words:
        if not _WORDS.fullmatch(word):
            raise ValueError(f"{word!r} is not a subject's word: lower-case letters, digits, hyphens, underscores")
    return ".".join((PREFIX, *words))


def is_subject(text: str) -> bool:
    """Tell whether `text` follows the grammar."""
    return _SUBJECT.fullmatch(text) is not None


def anywhere(entity: str, action: str = "*") -> str:
    """Return the subscription that matches an entity of every domain, such as `bdc.v1.*.person.seen`."""
    return f"{PREFIX}.*.{entity}.{action}"
