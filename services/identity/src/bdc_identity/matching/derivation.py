"""How a handle follows from a full name: `rgommers`, `ralf.gommers`, `ralfg` from Ralf Gommers."""

from enum import Enum, auto
from functools import lru_cache
from typing import Final

from bdc_identity.matching.lexicon import is_short_form
from bdc_identity.matching.person_names import PersonName

_CUT: Final = 7  # characters; systems used to cut logins to eight, and nothing shorter is taken for a cut
_WORD: Final = 3  # letters of a name that can be recognised in a handle


class Derivation(Enum):
    """How much of the name the handle holds."""

    FULL = auto()  # given and family name
    INITIAL = auto()  # an initial, or some letters, and the family name
    SHORT = auto()  # the given name and an initial of the family name
    GIVEN = auto()
    FAMILY = auto()
    INITIALS = auto()


@lru_cache(maxsize=20_000)
def derivation(name: PersonName, handle: str) -> Derivation | None:
    """Return how `handle`, digits at its end aside, follows from `name`, or None."""
    stem = handle.rstrip("0123456789")
    if len(stem) < 2:  # noqa: PLR2004  (one letter follows from anything)
        return None
    for family in dict.fromkeys((name.last, name.tail, *name.core[1:-1])):
        if len(family) >= _WORD and (found := _from_two(name, family, stem)) is not None:
            return found
    if stem == name.glued:
        return Derivation.FULL
    return _from_less(name, stem)


def _from_two(name: PersonName, family: str, stem: str) -> Derivation | None:
    first = name.first
    if stem in {first + family, family + first} or _around_middles(name, family, stem):
        return Derivation.FULL
    rest = stem.removesuffix(family) if stem.endswith(family) else stem.removeprefix(family)
    if rest != stem and rest:
        return _beside_family(name, first, rest)
    cut = len(stem) >= _CUT and (first[0] + family).startswith(stem)
    return Derivation.INITIAL if cut else None


def _around_middles(name: PersonName, family: str, stem: str) -> bool:
    initials = "".join(word[0] for word in name.core[1:-1])
    return bool(initials) and stem == name.first + initials + family


def _beside_family(name: PersonName, first: str, rest: str) -> Derivation | None:
    if first.startswith(rest) and len(rest) <= _WORD:
        return Derivation.INITIAL
    if rest in {_initials(name.core[:-1]), _initials(name.words[:-1])}:
        return Derivation.INITIAL
    return Derivation.FULL if len(rest) >= _WORD and is_short_form(first, rest) else None


def _from_less(name: PersonName, stem: str) -> Derivation | None:
    first, last = name.first, name.last
    if stem == first:
        return Derivation.GIVEN if len(stem) >= _WORD else None
    if stem in {last, name.tail}:
        return Derivation.FAMILY if len(stem) >= _WORD else None
    if len(first) > 1 and stem.startswith(first):
        rest = stem[len(first) :]
        if last.startswith(rest):
            return Derivation.INITIAL if len(first) >= _WORD and len(rest) > 1 else Derivation.SHORT
        if rest == _initials(name.core[1:]):
            return Derivation.INITIAL
    if len(first) > 1 and stem == last[0] + first:
        return Derivation.SHORT
    return Derivation.INITIALS if len(stem) >= _WORD and stem == _initials(name.words) else None


def _initials(words: tuple[str, ...]) -> str:
    return "".join(word[0] for word in words)
