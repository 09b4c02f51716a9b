"""Everybody resolved at once, from names and addresses alone: what a rebuild of a whole corpus takes."""

import gc
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from sys import intern

from bdc_contracts import PersonSeen

from bdc_identity.addresses import AddressRules
from bdc_identity.evidence import evidence_of
from bdc_identity.links import Candidate
from bdc_identity.matching.features import features
from bdc_identity.matching.pairs import soft_links
from bdc_identity.resolve import Merger, Profile
from bdc_identity.trust import Trust


@dataclass(frozen=True, slots=True)
class ResolvedRows:
    """For each row the number of its person's first row; `candidates` are between rows, by number, without reasons."""

    person_of: Sequence[int]
    candidates: Sequence[Candidate]


def resolve_rows(rows: Iterable[tuple[str, str]], rules: AddressRules, *, fork: bool = False) -> ResolvedRows:
    """Resolve names with addresses, as a history shows them; `fork` shares the comparing with a second process."""
    collecting = gc.isenabled()
    gc.disable()  # nothing here is cyclic, and to look for it among millions of objects takes a quarter of the time
    try:
        known = {profile.id: profile for profile in _profiles(rows, rules)}
        compared = {id_: features(profile.names, profile.evidence) for id_, profile in known.items()}
        soft = list(soft_links(compared, told=False, fork=fork))
        merger = Merger(known, compared, ())
        merger.merge(Trust(rules), soft)
        person_of = [0] * len(known)
        for person in merger.people():
            for member in person.members:
                person_of[int(member)] = int(person.id)
        return ResolvedRows(person_of, merger.candidates())
    finally:
        if collecting:
            gc.enable()


def _profiles(rows: Iterable[tuple[str, str]], rules: AddressRules) -> Iterator[Profile]:
    for number, (name, email) in enumerate(rows):
        id_ = f"{number:08}"
        seen = PersonSeen(domain="git", platform="git", account=id_, context="", name=name, email=email)
        yield Profile(id_, (intern(name),) if name else (), tuple(evidence_of(seen, rules)))
