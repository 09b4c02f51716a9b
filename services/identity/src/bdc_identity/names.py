"""Names of people: how they are compared, and which of several is shown."""

import unicodedata
from collections import Counter
from collections.abc import Iterable
from typing import Final

# Letters that Unicode does not take apart into a base letter and a mark.
_UNDECOMPOSED: Final = str.maketrans(
    {"ø": "o", "ł": "l", "đ": "d", "ð": "d", "þ": "th", "æ": "ae", "œ": "oe", "ı": "i"}  # noqa: RUF001
)
_FULL_NAME_WORDS: Final = 2


def fold(text: str) -> str:
    """Return `text` as names are compared and searched: no case, no accents, single spaces."""
    if text.isascii():
        return " ".join(text.lower().split())
    decomposed = unicodedata.normalize("NFKD", text.casefold())
    bare = "".join(char for char in decomposed if not unicodedata.combining(char))
    return " ".join(bare.translate(_UNDECOMPOSED).split())


def is_full_name(folded: str) -> bool:
    """Tell whether a folded name has a given and a family name, rather than a nickname or an address."""
    words = [word for word in folded.split() if any(char.isalpha() for char in word)]
    return len(words) >= _FULL_NAME_WORDS and "@" not in folded


def best_name(names_by_profile: Iterable[Iterable[str]]) -> str | None:
    """Choose the name to show: a full one, borne by most profiles, in its richest spelling; None without any name.

    It depends on the set of names alone, never on the order in which they were seen.
    """
    borne = [set(filter(str.strip, names)) for names in names_by_profile]
    spellings = set[str]().union(*borne)
    if len(spellings) <= 1:
        return next(iter(spellings), None)
    bearers = Counter(folded for names in borne for folded in {fold(name) for name in names})
    return min(spellings, key=lambda name: _rank(name, bearers[fold(name)]))


def _rank(name: str, bearers: int) -> tuple[bool, int, int, int, int, str]:
    words = name.split()
    shouted = sum(len(word) > 1 and word.isupper() for word in words) + len(words) * name.islower()
    marks = sum(not char.isascii() for char in name)
    return (not is_full_name(fold(name)), -bearers, shouted, -marks, -len(name), name)
