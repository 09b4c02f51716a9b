"""How much each finding says, in bits: the logarithm of the odds that two profiles are one person.

The model is that of Fellegi and Sunter, by values: what two profiles have in common says as much as it is unlikely that
somebody else shows the same, and that is estimated as the expected number of such other people here. So the size of
the corpus cancels out, and what remains follows from few neighbours. `docs/explanation/identity.md` explains each
figure.
"""

from math import log2
from typing import Final

from bdc_identity.matching.agreement import Agreement
from bdc_identity.matching.blocking import Spread
from bdc_identity.matching.derivation import Derivation
from bdc_identity.matching.lexicon import lexicon
from bdc_identity.matching.person_names import PersonName

JOINS: Final = 4.0  # from here on two profiles are one person
PROPOSED: Final = -1.0  # from here on a human is asked

# Others with this family name and initial, of whom nobody has been seen yet, by how many people bear the family name.
_UNSEEN_RARE, _UNSEEN_COMMON, _UNSEEN_CROWDED = 0.02, 0.35, 1.0
# Of those with one initial, the share that bears a given name.
_SHARE_COMMON, _SHARE_CROWDED, _SHARE_RARE = 0.1, 0.05, 0.02
_BEYOND: Final = 64.0  # others that a crowded key stands for

# What is lost against equal full names.
LOSS: Final = {
    Agreement.EQUAL: 0.0,
    Agreement.MIDDLE: 0.5,
    Agreement.PART: 2.0,
    Agreement.SHORT_FORM: 1.5,
    Agreement.SLIP: 4.5,
}
# What no more than one slip away can say by itself: names that differ in one letter are mostly two names.
MOST: Final = {
    Agreement.SLIP: 3.5,
}
AGAINST: Final = {Agreement.OTHER_MIDDLE: -2.0, Agreement.OTHER_GIVEN: -4.0, Agreement.UNRELATED: -6.0}

SAME_DOMAIN: Final = 2.0
_NICKNAME_RARE, _NICKNAME_COMMON = 1.5, 0.0
GIVEN_AS_NICKNAME: Final = 1.0
OTHER_NICKNAME: Final = -1.5
HANDLE_OF_THE_NAME: Final = 2.5  # both made their handle in the same way, as somebody else of that name may too
_HANDLE_BY_LENGTH: Final = (
    1.0,
    1.0,
    1.0,
    0.5,
    0.15,
    0.06,
    0.02,
    0.02,
    0.008,
)  # expected others with a handle this long
_HANDLE_IS_NAME: Final = 1.5
_WITHOUT_DIGITS: Final = 2.0  # bits lost where handles only agree without the digits at their ends
_NEARLY: Final = 2.0
_SEVERAL_USERS: Final = 2  # steps of users (up to three addresses) that one person may well be
_MORE_USERS: Final = 6.0  # times more others for each further step
_HANDLE_OF_A_NAMESAKE: Final = 0.3  # share of those whose name gives a handle that use it


def seen_others(spread: Spread) -> float:
    """Return how many others with this key and another name there are, about."""
    if spread.crowded:
        return _BEYOND
    return (0.0, 0.0, 0.6, 6.0, 14.0, 30.0, 64.0, 64.0)[min(spread.names, 7)]


def bearers(name: PersonName, spread: Spread) -> float:
    """Return the expected number of others with this family name and initial, given what is seen."""
    known = lexicon()
    unseen = _UNSEEN_RARE
    if name.last in known.crowded:
        unseen = _UNSEEN_CROWDED
    elif name.last in known.family:
        unseen = _UNSEEN_COMMON
    return max(unseen, seen_others(spread))


def full_name(name: PersonName, spread: Spread) -> float:
    """Return what it says that two profiles bear this full name."""
    known = lexicon()
    share = (
        _SHARE_COMMON if name.first in known.given else _SHARE_CROWDED if name.last in known.crowded else _SHARE_RARE
    )
    return -log2(bearers(name, spread) * share)


def initial_and_family(name: PersonName, spread: Spread) -> float:
    """Return what it says that two profiles bear this family name and initial."""
    return -log2(bearers(name, spread))


def given_and_initial(name: PersonName, spread: Spread) -> float:
    """Return what it says that two profiles bear this given name and an initial of the family name."""
    unseen = 0.7 if name.first in lexicon().given else 0.12
    return -log2(max(unseen, seen_others(spread)))


def same_handle(handle: str, spread: Spread, *, plain: bool = True) -> float:
    """Return what it says that two profiles go by this handle; not `plain` where only the letters agree."""
    others = _HANDLE_BY_LENGTH[min(len(handle), len(_HANDLE_BY_LENGTH) - 1)]
    if handle in lexicon().names:
        others = max(others, _HANDLE_IS_NAME)
    crowd = _BEYOND if spread.crowded else _MORE_USERS ** max(0, spread.handles - _SEVERAL_USERS)
    others = max(others, _HANDLE_OF_A_NAMESAKE * seen_others(spread))
    return -log2(others * crowd) - (0.0 if plain else _WITHOUT_DIGITS)


def nearly_same_handle(handle: str) -> float:
    """Return what it says that two long handles differ in one place."""
    return same_handle(handle, Spread()) - _NEARLY


def derived(how: Derivation, name: PersonName, initial: Spread, short: Spread) -> float:
    """Return what it says that a profile without a name goes by a handle that follows from the other's name."""
    match how:
        case Derivation.FULL:
            return full_name(name, initial) - 0.5
        case Derivation.INITIAL:
            return initial_and_family(name, initial)
        case Derivation.SHORT:
            return given_and_initial(name, short)
        case Derivation.FAMILY:
            return 3.0 if name.last not in lexicon().family else -1.0
        case Derivation.GIVEN:
            return 1.0 if name.first not in lexicon().given else -1.5
        case Derivation.INITIALS:
            return -0.5


def same_nickname(word: str) -> float:
    """Return what it says that two profiles show the same single word as their name."""
    return _NICKNAME_COMMON if word in lexicon().names else _NICKNAME_RARE
