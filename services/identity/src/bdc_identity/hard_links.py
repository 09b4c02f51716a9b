"""Profiles that share a key: an account, a login, an address. Each is one link between all of its holders."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Final, NamedTuple

import numpy as np

from bdc_identity.evidence import Evidence, Kind
from bdc_identity.matching.features import Features
from bdc_identity.portrait import are_unrelated
from bdc_identity.trust import Key, Trust

HARD_BITS: Final = 30.0
# An address says less where the names beside it speak against it: whatever the names themselves join goes first.
UNRELATED_NAMES_BITS: Final = 5.0
MAX_HOLDERS: Final = 100  # profiles with one key; what more share is nobody's own
MAX_NAMES: Final = 2  # unrelated full names that one person may use with one address

STRENGTH: Final = {kind: rank for rank, kind in enumerate(Kind)}


class HardLink(NamedTuple):
    """A key whose `holders` are one person, unless something else holds them apart."""

    bits: float
    kind: Kind
    value: str
    holders: Sequence[str]


def hard_links(
    evidence: Mapping[str, Iterable[Evidence]], compared: Mapping[str, Features], trust: Trust
) -> Iterator[HardLink]:
    """Return the links by keys among profiles, given as their evidence and what of them is compared."""
    for (kind, value), holders in _shared(evidence).items():
        if len(holders) > MAX_HOLDERS or not trust.joins(kind, value):
            continue
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
    """Link the holders of an address; those under unrelated names weakly, and not at all once those are many."""
    groups, nameless = _by_name(holders, compared)
    if len(groups) <= MAX_NAMES and nameless:
        largest = max(groups, key=lambda group: (len(group), group), default=None)
        groups = [sorted([*group, *nameless]) if group is largest else group for group in groups] or [nameless]
    for group in groups:
        if len(group) > 1:
            yield HardLink(HARD_BITS, Kind.EMAIL, address, group)
    if 1 < len(groups) <= MAX_NAMES:
        yield HardLink(UNRELATED_NAMES_BITS, Kind.EMAIL, address, sorted(group[0] for group in groups))


def _by_name(holders: Iterable[str], compared: Mapping[str, Features]) -> tuple[list[list[str]], list[str]]:
    groups: list[list[str]] = []
    nameless: list[str] = []
    for holder in holders:
        names = compared[holder].names
        if not names:
            nameless.append(holder)
            continue
        for group in groups:
            if any(not are_unrelated(mine, known) for mine in names for id_ in group for known in compared[id_].names):
                group.append(holder)
                break
        else:
            groups.append([holder])
    return groups, nameless
