"""Profiles that share a key: an account, a login, an address. Each is one link between all of its holders."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Final, NamedTuple

import numpy as np

from bdc_identity.evidence import Evidence, Kind
from bdc_identity.matching.agreement import CONTRADICTIONS, agreement
from bdc_identity.matching.features import Features
from bdc_identity.trust import Key, Trust

HARD_BITS: Final = 30.0
# An address says less where the names beside it speak against it: whatever the names themselves join goes first.
UNRELATED_NAMES_BITS: Final = 5.0
MAX_HOLDERS: Final = 100  # profiles with one key; what more share is nobody's own
MAX_NAMES: Final = 3  # full names that contradict each other and that one person may use with one address, and
MAX_UNRELATED: Final = 2  # those of them that have not even a word in common

STRENGTH: Final = {kind: rank for rank, kind in enumerate(Kind)}


class HardLink(NamedTuple):
    """A key whose `holders` are one person, unless something else holds them apart."""

    bits: float
    kind: Kind
    value: str
    holders: Sequence[str]


class SharedKey(NamedTuple):
    """A key that several profiles have and that may join them, with all who have it."""

    kind: Kind
    value: str
    holders: Sequence[str]


def shared_keys(evidence: Mapping[str, Iterable[Evidence]], trust: Trust) -> Iterator[SharedKey]:
    """Return the keys that profiles, given as their evidence, share; what one says depends on all of its holders."""
    for (kind, value), holders in _shared(evidence).items():
        if len(holders) <= MAX_HOLDERS and trust.joins(kind, value):
            yield SharedKey(kind, value, holders)


def hard_links(
    keys: Iterable[SharedKey], evidence: Mapping[str, Iterable[Evidence]], compared: Mapping[str, Features]
) -> Iterator[HardLink]:
    """Return the links by keys among profiles, given as their evidence and what of them is compared."""
    for kind, value, holders in keys:
        if kind is Kind.LOGIN and _changed_hands(value, holders, evidence):
            continue
        if kind is Kind.EMAIL:
            yield from _by_address(value, holders, compared)
        else:
            yield HardLink(HARD_BITS, kind, value, holders)


def _shared(evidence: Mapping[str, Iterable[Evidence]]) -> Mapping[Key, Sequence[str]]:
    # Most keys have one holder: to find out first which have several takes a tenth of the memory.
    hashes = np.fromiter((hash(item.key) for items in evidence.values() for item in items), dtype=np.int64)
    hashes.sort()
    several = set(hashes[1:][hashes[1:] == hashes[:-1]].tolist())
    holders: dict[Key, list[str]] = defaultdict(list)
    for id_, items in evidence.items():
        for key in {item.key for item in items if hash(item.key) in several}:
            holders[key].append(id_)
    return {key: sorted(held) for key, held in holders.items() if len(held) > 1}


def _changed_hands(login: str, holders: Iterable[str], evidence: Mapping[str, Iterable[Evidence]]) -> bool:
    """Tell whether a login was seen with two account ids: it then says nothing about who uses it."""
    ids = {
        item.qualifier
        for holder in holders
        for item in evidence[holder]
        if item.kind is Kind.LOGIN and item.value == login and item.qualifier
    }
    return len(ids) > 1


def _by_address(address: str, holders: Sequence[str], compared: Mapping[str, Features]) -> Iterator[HardLink]:
    """Link the holders of an address: under one name firmly, under two unrelated ones weakly, and no more than that."""
    groups, nameless = _by_name(holders, compared)
    if len(groups) <= MAX_NAMES:
        groups = _related(groups, compared)
    if len(groups) <= MAX_UNRELATED and nameless:
        largest = max(groups, key=lambda group: (len(group), group), default=None)
        groups = [sorted([*group, *nameless]) if group is largest else group for group in groups] or [nameless]
    for group in groups:
        if len(group) > 1:
            yield HardLink(HARD_BITS, Kind.EMAIL, address, group)
    if 1 < len(groups) <= MAX_UNRELATED:
        yield HardLink(UNRELATED_NAMES_BITS, Kind.EMAIL, address, sorted(group[0] for group in groups))


def _by_name(holders: Iterable[str], compared: Mapping[str, Features]) -> tuple[list[list[str]], list[str]]:
    """Group holders whose full names do not contradict each other; those without one come apart."""
    groups: list[list[str]] = []
    nameless: list[str] = []
    for holder in holders:
        if not compared[holder].names:
            nameless.append(holder)
            continue
        group = next((group for group in groups if _agree(holder, group, compared)), None)
        if group is None:
            groups.append([holder])
        else:
            group.append(holder)
    return groups, nameless


def _agree(holder: str, group: Iterable[str], compared: Mapping[str, Features]) -> bool:
    return any(
        agreement(mine, known) not in CONTRADICTIONS
        for mine in compared[holder].names
        for other in group
        for known in compared[other].names
    )


def _related(groups: Iterable[list[str]], compared: Mapping[str, Features]) -> list[list[str]]:
    """Put groups together whose names share a word: a name that changed, or members of a family."""
    joined: list[list[str]] = []
    for group in groups:
        related = next((other for other in joined if _words(group, compared) & _words(other, compared)), None)
        if related is None:
            joined.append(group)
        else:
            related[:] = sorted([*related, *group])
    return joined


def _words(group: Iterable[str], compared: Mapping[str, Features]) -> set[str]:
    return {word for id_ in group for name in compared[id_].names for word in name.words if len(word) > 1}
