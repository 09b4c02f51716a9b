"""Profiles into people: connected components of shared evidence, a pure function of the set of profiles.

To resolve incrementally, pass every profile that shares evidence with a changed one, and the whole former people
of all of those: the result is then exactly what resolving everything at once would give.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, TypeAlias

from bdc_identity.evidence import Evidence, Kind
from bdc_identity.names import best_name
from bdc_identity.reasons import ALONE, reason_for
from bdc_identity.trust import Trust

Key: TypeAlias = tuple[Kind, str]

_STRENGTH: Final = {kind: rank for rank, kind in enumerate(Kind)}


@dataclass(frozen=True, slots=True)
class Profile:
    """All that is known of one account, as far as it matters for who it belongs to."""

    id: str
    names: frozenset[str]
    evidence: frozenset[Evidence]


@dataclass(frozen=True, slots=True)
class Person:
    """Profiles that evidence joins; `members` maps their ids to the reasons.

    `id` is the smallest profile id: it follows from the members alone, and every former id of a person
    is still the id of one of its profiles.
    """

    id: str
    name: str | None
    members: Mapping[str, str]


def resolve(profiles: Iterable[Profile], trust: Trust) -> list[Person]:
    """Return the people that `profiles` make up; each profile belongs to exactly one."""
    known = {profile.id: profile for profile in profiles}
    shared = _shared(known.values(), trust)
    reasons = _reasons(shared)
    return [
        Person(
            id=min(members),
            name=best_name(known[member].names for member in members),
            members={member: reasons.get(member, ALONE) for member in members},
        )
        for members in _components(known, shared.values())
    ]


def _shared(profiles: Iterable[Profile], trust: Trust) -> dict[Key, Sequence[str]]:
    holders: dict[Key, list[str]] = defaultdict(list)
    for profile in profiles:
        for key in {evidence.key for evidence in profile.evidence}:
            holders[key].append(profile.id)
    return {key: held for key, held in holders.items() if len(held) > 1 and trust.joins(*key)}


def _reasons(shared: Mapping[Key, Sequence[str]]) -> dict[str, str]:
    strongest: dict[str, Key] = {}
    for key in sorted(shared, key=lambda key: (_STRENGTH[key[0]], key[1])):
        for holder in shared[key]:
            strongest.setdefault(holder, key)
    return {holder: reason_for(*key) for holder, key in strongest.items()}


def _components(ids: Iterable[str], groups: Iterable[Sequence[str]]) -> Iterable[list[str]]:
    parent = {id_: id_ for id_ in ids}
    for first, *others in groups:
        for other in others:
            parent[_root(parent, other)] = _root(parent, first)
    members: dict[str, list[str]] = defaultdict(list)
    for id_ in parent:
        members[_root(parent, id_)].append(id_)
    return members.values()


def _root(parent: dict[str, str], item: str) -> str:
    while parent[item] != item:
        parent[item] = parent[parent[item]]  # halving keeps the paths short
        item = parent[item]
    return item
