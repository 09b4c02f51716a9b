"""How two full names agree."""

from enum import Enum, auto
from functools import lru_cache
from itertools import permutations
from typing import Final

from rapidfuzz.distance import OSA

from bdc_identity.matching.lexicon import is_short_form
from bdc_identity.matching.person_names import PersonName

_SHORT: Final = 4  # letters; in shorter words one slip makes another name
_LONG: Final = 8  # letters from which on two slips are forgiven
_PERMUTED: Final = 4  # words of a name that are tried in every order


class Agreement(Enum):
    """From the same name to names of two people; the order is that of preference."""

    EQUAL = auto()
    MIDDLE = auto()  # one leaves middle names out, or shortens them
    PART = auto()  # one has a further given or family name
    SHORT_FORM = auto()  # Ben and Benjamin
    SLIP = auto()  # Christoph and Christolph
    INITIAL = auto()  # R. Gommers
    CUT = auto()  # Ralf G.
    OTHER_MIDDLE = auto()  # John A. Smith and John B. Smith
    OTHER_GIVEN = auto()  # John and Jane Smith
    UNRELATED = auto()


CONTRADICTIONS: Final = frozenset({Agreement.OTHER_MIDDLE, Agreement.OTHER_GIVEN, Agreement.UNRELATED})
FULL: Final = frozenset({
    Agreement.EQUAL, Agreement.MIDDLE, Agreement.PART, Agreement.SHORT_FORM, Agreement.SLIP
})  # fmt: skip


@lru_cache(maxsize=20_000)
def agreement(one: PersonName, other: PersonName) -> Agreement:
    """Compare two full names, in the order given and with the given name last."""
    if one.words == other.words or sorted(one.core) == sorted(other.core) or _same_letters(one, other):
        return Agreement.EQUAL
    straight = _compared(one.core, other.core)
    if straight in {Agreement.MIDDLE, Agreement.OTHER_MIDDLE}:
        return straight
    swapped = _compared(one.core, other.core[::-1])
    return min(straight, swapped, key=lambda found: found.value)


def is_slip(one: str, other: str) -> bool:
    """Tell whether two words differ by so little that it can be a typing or spelling mistake."""
    shorter = min(len(one), len(other))
    if shorter < _SHORT:
        return False
    allowed = 2 if shorter >= _LONG else 1
    return OSA.distance(one, other, score_cutoff=allowed) <= allowed


def _same_letters(one: PersonName, other: PersonName) -> bool:
    glued = other.glued
    if len(one.glued) != len(glued) or sorted(one.glued) != sorted(glued):
        return False
    few, many = sorted((one, other), key=lambda name: len(name.words))
    return len(many.words) <= _PERMUTED and few.glued in map("".join, permutations(many.words))


def _compared(one: tuple[str, ...], other: tuple[str, ...]) -> Agreement:
    if one[-1] == other[-1] and len(one[-1]) > 1:
        return _same_family(one, other)
    if one[0] == other[0] and len(one[0]) > 1:
        return _same_given(one, other)
    mine, theirs = _spelled_out(one), _spelled_out(other)
    if min(len(mine), len(theirs)) > 1 and (mine <= theirs or theirs <= mine):
        return Agreement.PART
    if is_slip(one[0], other[0]) and is_slip(one[-1], other[-1]):
        return Agreement.SLIP
    return Agreement.UNRELATED


def _same_family(one: tuple[str, ...], other: tuple[str, ...]) -> Agreement:
    first, second = one[0], other[0]
    if first == second and len(first) > 1:
        return _middles(one[1:-1], other[1:-1])
    if (len(first) > 1 and first in other[1:-1]) or (len(second) > 1 and second in one[1:-1]):
        return Agreement.PART
    if min(len(first), len(second)) == 1:
        return _initials(one, other)
    if is_short_form(first, second):
        return Agreement.SHORT_FORM
    return Agreement.SLIP if is_slip(first, second) else Agreement.OTHER_GIVEN


def _initials(one: tuple[str, ...], other: tuple[str, ...]) -> Agreement:
    """Compare names of which one begins with an initial; who spells out the second name goes by that (E. Madison)."""
    for short, long in ((one, other), (other, one)):
        if len(short[0]) == 1 and len(short) > 2 and len(short[1]) > 1 and len(long) == 2:  # noqa: PLR2004
            return Agreement.OTHER_GIVEN
    same = one[0][0] == other[0][0] and _middles(one[1:-1], other[1:-1]) is Agreement.MIDDLE
    return Agreement.INITIAL if same else Agreement.OTHER_GIVEN


def _middles(one: tuple[str, ...], other: tuple[str, ...]) -> Agreement:
    """Compare what stands between equal ends; a middle name left out contradicts nothing."""
    if not one or not other:
        return Agreement.MIDDLE
    agree = any(a == b or (min(len(a), len(b)) == 1 and a[0] == b[0]) for a in one for b in other)
    return Agreement.MIDDLE if agree else Agreement.OTHER_MIDDLE


def _same_given(one: tuple[str, ...], other: tuple[str, ...]) -> Agreement:
    last, end = one[-1], other[-1]
    if min(len(last), len(end)) == 1:
        return Agreement.CUT if last[0] == end[0] else Agreement.UNRELATED
    if end in one[1:-1] or last in other[1:-1]:
        return Agreement.PART
    return Agreement.SLIP if is_slip(last, end) else Agreement.UNRELATED


def _spelled_out(words: tuple[str, ...]) -> set[str]:
    return {word for word in words if len(word) > 1}
