"""Profiles into people: a pure function of the set of profiles and the set of constraints.

Evidence is turned into links, the links are put in one total order, and each is made unless something holds the two
groups apart by then: a constraint of a human, or a contradiction between what is known of them. What is not made, and
what is too weak, is a candidate for a human.

To resolve incrementally, pass whole components (see `Person.component`) and the soft links among their profiles: the
result is then exactly what resolving everything at once would give.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import reduce
from typing import Final

from bdc_identity.constraints import Constraint, Ruling, decreed
from bdc_identity.decisions import KindOfPerson
from bdc_identity.evidence import Evidence, Kind
from bdc_identity.grouping import Groups
from bdc_identity.hard_links import HARD_BITS, STRENGTH, HardLink, SharedKey, hard_links, shared_keys
from bdc_identity.links import Candidate, Link
from bdc_identity.matching.features import Features, features
from bdc_identity.matching.pairs import soft_links
from bdc_identity.matching.weights import JOINS
from bdc_identity.names import best_name
from bdc_identity.portrait import Portrait, account_clash, borrowed_address, kind_clash, name_clash
from bdc_identity.reasons import ALONE, reason_for
from bdc_identity.trust import Trust

# Evidence of these kinds is as good as the platform's own word: nothing that is known besides contradicts it.
_CERTAIN: Final = frozenset({Kind.ACCOUNT, Kind.VERIFIED_EMAIL})


@dataclass(frozen=True, slots=True)
class Profile:
    """All that is known of one account, as far as it matters for who it belongs to; both are sets, in any form."""

    id: str
    names: frozenset[str] | tuple[str, ...]
    evidence: frozenset[Evidence] | tuple[Evidence, ...]


@dataclass(frozen=True, slots=True)
class Person:
    """Profiles that evidence joins; `members` maps their ids to the reasons.

    `id` is the smallest profile id: it follows from the members alone, and every former id of a person
    is still the id of one of its profiles. `component` is the smallest id of all profiles that any key or link connects
    with them, whether or not it joined them: nobody outside of it can change who this person is. `links` are those that
    were made.
    """

    id: str
    name: str | None
    members: Mapping[str, str]
    component: str
    kind: KindOfPerson = KindOfPerson.PERSON
    links: Sequence[Link] = ()


@dataclass(frozen=True, slots=True)
class Resolution:
    """Who is who, and what a human should look at; `candidates` are pairs of profiles, the most likely first."""

    people: Sequence[Person]
    candidates: Sequence[Candidate]


def resolve(
    profiles: Iterable[Profile],
    trust: Trust,
    constraints: Sequence[Constraint] = (),
    soft: Iterable[Link] | None = None,
) -> Resolution:
    """Return the people that `profiles` make up; each profile belongs to exactly one.

    `soft` are the links by names and handles among them; without it they are found by comparing the profiles.
    """
    known = {profile.id: profile for profile in profiles}
    compared = {id_: features(profile.names, profile.evidence) for id_, profile in known.items()}
    merger = Merger(known, compared, constraints)
    merger.merge(trust, soft_links(compared) if soft is None else soft)
    return Resolution(list(merger.people()), merger.candidates())


class Merger:
    """Makes links between profiles in their order; `compared` is what of the profiles is compared."""

    def __init__(
        self, profiles: Mapping[str, Profile], compared: Mapping[str, Features], constraints: Sequence[Constraint]
    ) -> None:
        self._profiles = profiles
        self._compared = compared
        self._constraints = constraints
        self._groups = Groups(profiles, constraints)
        self._component = Groups(profiles)
        self._portraits = {
            root: reduce(Portrait.with_, map(self._portrait_of, members))
            for root, members in (self._groups.members().items() if constraints else ())
            if len(members) > 1
        }
        self._made: list[Link] = []
        self._refused: list[Candidate] = []
        self._reasons: dict[str, str] = {}

    def merge(self, trust: Trust, soft: Iterable[Link]) -> None:
        """Make every link by keys and every soft link that nothing forbids, the strongest first."""
        evidence = {id_: profile.evidence for id_, profile in self._profiles.items()}
        shared = list(shared_keys(evidence, trust))
        keys = sorted(
            hard_links(shared, evidence, self._compared),
            key=lambda key: (-key.bits, STRENGTH[key.kind], key.value, key.holders),
        )
        links = sorted(soft, key=lambda link: (-link.bits, link.left, link.right))
        self._connect(shared, links)
        certain = [key for key in keys if key.bits >= HARD_BITS]
        for key in certain:
            self._share(key)
        for link in links:
            if link.bits >= JOINS:
                self._join(link.left, link.right, link, None)
            else:
                self._refused.append(Candidate(link.left, link.right, link.bits, link.reasons))
        for key in keys[len(certain) :]:
            self._share(key)

    def people(self) -> Iterator[Person]:
        """Return those who came out."""
        links: dict[str, list[Link]] = {}
        for link in self._made:
            links.setdefault(self._groups.root(link.left), []).append(link)
        for id_, members in self._groups.members().items():
            yield Person(
                id=id_,
                name=decreed(members, self._constraints, Ruling.NAMED)
                or best_name(self._profiles[member].names for member in members),
                members={member: self._reason(member) for member in members},
                component=self._component.root(id_),
                kind=self._kind(members),
                links=links.get(id_, ()),
            )

    def candidates(self) -> list[Candidate]:
        """Return what was not joined and what nobody forbade, the most likely first."""
        found: dict[tuple[str, str], Candidate] = {}
        for candidate in self._refused:
            left, right = self._groups.root(candidate.left), self._groups.root(candidate.right)
            if left != right and not self._groups.are_apart(left, right):
                found.setdefault((candidate.left, candidate.right), candidate)
        return sorted(found.values(), key=lambda each: (-each.bits, each.left, each.right))

    def _connect(self, keys: Iterable[SharedKey], links: Iterable[Link]) -> None:
        """Work out who is connected by anything that could join, made or not.

        Whether a key joins anybody depends on all who have it, so these are never resolved without each other.
        """
        together = {Ruling.TOGETHER, Ruling.PINNED}
        groups = [key.holders for key in keys]
        groups += [(link.left, link.right) for link in links if link.bits >= JOINS]
        groups += [
            sorted((constraint.profiles | constraint.others) & self._profiles.keys())
            for constraint in self._constraints
            if constraint.ruling in together
        ]
        for ids in groups:
            for other in ids[1:]:
                self._component.join(ids[0], other)

    def _share(self, key: HardLink) -> None:
        heads: list[str] = []
        reasons = (reason_for(key.kind, key.value),)
        for id_ in self._groups.preferred(key.holders):
            if not any(self._join(head, id_, Link(head, id_, key.bits, reasons), key) for head in heads):
                heads.append(id_)

    def _join(self, one: str, other: str, link: Link, key: HardLink | None) -> bool:
        groups = self._groups
        first, second = groups.root(one), groups.root(other)
        if first != second:
            if groups.is_pinned(one) or groups.is_pinned(other) or groups.are_apart(first, second):
                return False
            mine, theirs = self._portrait(first), self._portrait(second)
            left, right = sorted((one, other))
            if clash := _clash(mine, theirs, key):
                self._refused.append(Candidate(left, right, link.bits, link.reasons, clash))
                return False
            groups.join(first, second)
            self._portraits.pop(max(first, second), None)
            self._portraits[min(first, second)] = mine.with_(theirs)
            self._made.append(Link(left, right, link.bits, link.reasons))
        for id_ in (one, other):
            if id_ not in self._reasons:
                self._reasons[id_] = " ".join(link.reasons)
        return True

    def _portrait(self, root: str) -> Portrait:
        return self._portraits.get(root) or self._portrait_of(root)

    def _portrait_of(self, id_: str) -> Portrait:
        return Portrait.of(self._compared[id_], self._profiles[id_].evidence)

    def _reason(self, member: str) -> str:
        constraint = self._groups.constraint_of(member)
        return constraint.reason if constraint else self._reasons.get(member, ALONE)

    def _kind(self, members: Sequence[str]) -> KindOfPerson:
        marked = decreed(members, self._constraints, Ruling.MARKED)
        if marked is not None:
            return KindOfPerson(marked)
        is_bot = any(self._compared[member].is_bot for member in members)
        return KindOfPerson.BOT if is_bot else KindOfPerson.PERSON


def _clash(mine: Portrait, theirs: Portrait, key: HardLink | None) -> str | None:
    """Return what speaks against a link, soft without a key; None where nothing does."""
    if key is None:
        return account_clash(mine, theirs) or name_clash(mine, theirs)
    if key.kind in _CERTAIN:
        return None
    clash = account_clash(mine, theirs)
    if clash is None and key.kind is not Kind.LOGIN:
        clash = kind_clash(mine, theirs)
    if clash is None and key.bits < HARD_BITS:
        clash = borrowed_address(mine, theirs, key.value)
    return clash
