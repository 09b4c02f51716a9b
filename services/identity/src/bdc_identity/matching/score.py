"""Two profiles compared: bits for and against their being one person, finding by finding."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import Enum, auto
from math import inf
from typing import Final, NamedTuple

from rapidfuzz.distance import OSA

from bdc_identity.matching import weights
from bdc_identity.matching.agreement import CONTRADICTIONS, Agreement, agreement
from bdc_identity.matching.blocking import ALONE, Spread, initial_key, letters_key, short_key
from bdc_identity.matching.derivation import derivation
from bdc_identity.matching.features import Features
from bdc_identity.matching.lexicon import lexicon
from bdc_identity.matching.person_names import PersonName

_NEARLY: Final = 7  # characters from which on handles that differ in one place are nearly the same
_LIKE_A_HANDLE: Final = 10  # characters; a single word this long, or with digits, is chosen rather than given


class Found(Enum):
    """What a finding is about."""

    NAMES = auto()
    HANDLE = auto()
    NEAR_HANDLE = auto()
    DERIVED = auto()
    NICKNAME = auto()
    DOMAIN = auto()


class Finding(NamedTuple):
    """Something that two profiles have in common or differ in; `left` and `right` are the two values."""

    found: Found
    bits: float
    left: str
    right: str


@dataclass(frozen=True, slots=True)
class Score:
    """The findings and their sum."""

    bits: float
    findings: tuple[Finding, ...]


Spreads = Mapping[int, Spread]
NOTHING: Final = Score(float("-inf"), ())


def score(left: Features, right: Features, spreads: Spreads) -> Score:
    """Compare two profiles; `spreads` has those of all keys that they share, and any it lacks is theirs alone."""
    if left.is_bot or right.is_bot:
        return NOTHING
    if not left.names or not right.names:
        findings = list(_by_handles_and_nicknames(left, right, spreads))
        contradicts = False
    else:
        named = _by_names(left, right, spreads)
        handles = _by_handle(left, right, spreads)
        contradicts = named.bits < 0
        if contradicts and not handles:
            return NOTHING
        findings = [named, *handles]
    if not findings:
        return NOTHING
    if not contradicts and _bits(findings) > weights.PROPOSED - weights.SAME_DOMAIN:
        findings += _by_domain(left, right)
    return Score(_bits(findings), tuple(findings))


def _bits(findings: Iterable[Finding]) -> float:
    return sum(finding.bits for finding in findings)


def _by_names(left: Features, right: Features, spreads: Spreads) -> Finding:
    if len(left.names) == len(right.names) == 1:
        return _name_finding(left.names[0], right.names[0], spreads)
    return max(
        (_name_finding(one, other, spreads) for one in left.names for other in right.names),
        key=lambda finding: (finding.bits, finding.left, finding.right),
    )


def _name_finding(one: PersonName, other: PersonName, spreads: Spreads) -> Finding:
    how = agreement(one, other)
    return Finding(Found.NAMES, _name_bits(how, one, other, spreads), " ".join(one.words), " ".join(other.words))


def _name_bits(how: Agreement, one: PersonName, other: PersonName, spreads: Spreads) -> float:
    if how in CONTRADICTIONS:
        return weights.AGAINST[how]
    if how is Agreement.CUT:
        longer = max((one, other), key=lambda name: (len(name.last), name.last))
        return weights.given_and_initial(longer, spreads.get(short_key(longer), ALONE))
    if how is Agreement.INITIAL:
        return min(weights.initial_and_family(name, spreads.get(initial_key(name), ALONE)) for name in (one, other))
    bits = (weights.full_name(name, spreads.get(initial_key(name), ALONE)) for name in (one, other))
    return min(min(bits) - weights.LOSS[how], weights.MOST.get(how, inf))


def _by_handle(left: Features, right: Features, spreads: Spreads) -> list[Finding]:
    """What a handle of two who both have full names adds to those."""
    shared = [handle for handle in left.handles if handle in right.handles]
    if not shared:
        return []
    names = (*left.names, *right.names)
    found = []
    for handle in shared:
        bits = weights.same_handle(handle, spreads.get(letters_key(handle), ALONE))
        if any(derivation(name, handle) for name in names):
            bits = min(bits, weights.HANDLE_OF_THE_NAME)
        found.append(Finding(Found.HANDLE, max(bits, 0.0), handle, handle))
    return [max(found, key=lambda finding: finding[1:])]


def _by_handles_and_nicknames(left: Features, right: Features, spreads: Spreads) -> Iterator[Finding]:
    best = max(
        (*_common_handles(left, right, spreads), *_derived_handles(left, right, spreads)),
        key=lambda finding: (finding.bits, finding[2:]),
        default=None,
    )
    nickname = _by_nickname(left, right, best)
    if best is not None:
        yield best
    if nickname is not None:
        yield nickname


def _common_handles(left: Features, right: Features, spreads: Spreads) -> Iterator[Finding]:
    for one in left.idents:
        for other in right.idents:
            if not _chosen(one, left) and not _chosen(other, right):
                continue
            if one == other:
                bits = weights.same_handle(one, spreads.get(letters_key(one), ALONE))
                yield Finding(Found.HANDLE, bits, one, other)
                continue
            stem, end = one.rstrip("0123456789"), other.rstrip("0123456789")
            if stem == end and len(stem) > 3:  # noqa: PLR2004
                bits = weights.same_handle(stem, spreads.get(letters_key(stem), ALONE), plain=False)
                yield Finding(Found.NEAR_HANDLE, bits, one, other)
            elif min(len(stem), len(end)) >= _NEARLY and _one_slip(one, other, stem, end):
                yield Finding(Found.NEAR_HANDLE, weights.nearly_same_handle(one), one, other)


def _one_slip(one: str, other: str, stem: str, end: str) -> bool:
    """Tell whether two handles differ in one letter; a digit makes another handle."""
    return one[len(stem) :] == other[len(end) :] and OSA.distance(stem, end, score_cutoff=1) <= 1


def _chosen(word: str, of: Features) -> bool:
    """Tell whether a word is an account's name rather than what somebody is called."""
    return word in of.handles or len(word) >= _LIKE_A_HANDLE or not word.isalpha()


def _derived_handles(left: Features, right: Features, spreads: Spreads) -> Iterator[Finding]:
    for named, other in ((left, right), (right, left)):
        for name in (*named.names, *named.spelled_out):
            for handle in other.idents:
                how = derivation(name, handle)
                if how is not None:
                    initial = spreads.get(initial_key(name), ALONE)
                    short = spreads.get(short_key(name), ALONE)
                    bits = weights.derived(how, name, initial, short) - (0.0 if handle.isalpha() else 1.0)
                    yield Finding(Found.DERIVED, bits, " ".join(name.words), handle)
        for name in named.spelled_out:
            for full in (*other.names, *other.spelled_out):
                finding = _name_finding(name, full, spreads)
                if finding.bits > 0:
                    yield finding._replace(bits=finding.bits - 1.0)


def _by_nickname(left: Features, right: Features, best: Finding | None) -> Finding | None:
    """What it adds that one word by which both are called is, or is not, the same."""
    said = {best.left, best.right} if best else set()
    shared = set(left.nicknames).intersection(right.nicknames) - said
    if shared:
        word = min(shared)
        return Finding(Found.NICKNAME, weights.same_nickname(word), word, word)
    for named, other in ((left, right), (right, left)):
        for name in (*named.names, *named.spelled_out):
            for word in (word for word in other.nicknames if word not in said):
                if word == name.first:
                    return Finding(Found.NICKNAME, weights.GIVEN_AS_NICKNAME, " ".join(name.words), word)
                if word in lexicon().given and name.first in lexicon().given:
                    return Finding(Found.NICKNAME, weights.OTHER_NICKNAME, " ".join(name.words), word)
    return None


def _by_domain(left: Features, right: Features) -> list[Finding]:
    shared = set(left.domains).intersection(right.domains)
    return [Finding(Found.DOMAIN, weights.SAME_DOMAIN, min(shared), min(shared))] if shared else []
