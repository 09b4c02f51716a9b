"""Who everybody is whom a change can concern, worked out anew and stored."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from bdc_contracts import IdentityChanged, MergeProposed, PersonRef
from sqlalchemy.ext.asyncio import AsyncConnection

from bdc_identity.addresses import AddressRules
from bdc_identity.compare import compare
from bdc_identity.happenings import happenings
from bdc_identity.links import Candidate
from bdc_identity.resolve import Person, Profile, resolve
from bdc_identity.store import outbox
from bdc_identity.store.decisions import active_constraints
from bdc_identity.store.keys import holders_of, users_of
from bdc_identity.store.neighbourhood import (
    Membership,
    Neighbourhood,
    load_concerned,
    load_neighbourhood,
    outer_candidates,
)
from bdc_identity.store.pairs import replace_candidates
from bdc_identity.store.people import references, save_memberships, save_people
from bdc_identity.store.profiles import Profiles
from bdc_identity.trust import Key, Trust


@dataclass(frozen=True, slots=True)
class News:
    """What a batch of sightings brought: newcomers with their natural keys, who got which key, addresses of lists."""

    newcomers: Mapping[str, Membership] = field(default_factory=dict)
    profiles: Mapping[str, Profile] = field(default_factory=dict)
    holders: Mapping[Key, int] = field(default_factory=dict)
    lists: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Settled:
    """What came of it: announcements by profile id, and pairs that a human should look at from now on."""

    changes: Mapping[str, IdentityChanged]
    proposed: Sequence[Candidate]


async def settle(
    tx: AsyncConnection,
    changed: Iterable[str],
    rules: AddressRules,
    *,
    revision: int,
    now: datetime,
    news: News | None = None,
) -> Settled:
    """Resolve everybody anew whom a change at these profiles can concern, store and announce it.

    A change is anything new about a profile: facts, a decision that names it, the end of one, or that a profile with
    which it shared evidence is gone. The caller holds the turn (`take_turn`).
    """
    news = news or News()
    profiles = Profiles(news.profiles)
    around = await _neighbourhood(tx, frozenset(changed), rules, profiles, news)
    resolution = resolve(around.profiles, around.trust, around.constraints, around.inner)
    people = {member: person for person in resolution.people for member in person.members}
    outside = await outer_candidates(tx, around, {id_: person.members for id_, person in people.items()})
    proposed = await replace_candidates(
        tx, around.memberships.keys() - news.newcomers.keys(), (*resolution.candidates, *outside)
    )
    changes = dict(_changes(resolution.people, around.memberships, revision, now))
    former = {known.person_id for known in around.memberships.values() if known.person_id}
    await save_people(tx, resolution.people, {profile.id: profile for profile in around.profiles}, former)
    components = {
        id_: person.component
        for id_, person in people.items()
        if id_ in changes or around.memberships[id_].component_id != person.component
    }
    await save_memberships(tx, changes, components)
    proposals = await _proposals(tx, proposed, around.memberships, now)
    happened = happenings(resolution.people, around.memberships, revision, now)
    if announcements := (*changes.values(), *happened, *proposals):
        await outbox.add(tx, announcements)
    return Settled(changes, proposed)


async def _neighbourhood(
    tx: AsyncConnection, changed: frozenset[str], rules: AddressRules, profiles: Profiles, news: News
) -> Neighbourhood:
    linked = await compare(tx, changed, frozenset(news.newcomers), profiles)
    trust = Trust(rules)
    known = await profiles.load(tx, changed)
    keys = {item.key for profile in known.values() for item in profile.evidence if trust.joins(*item.key)}
    seeds = changed | linked | await holders_of(tx, keys, news.holders)
    if news.lists:
        seeds |= await users_of(tx, news.lists)
    memberships = {**news.newcomers, **await load_concerned(tx, seeds - news.newcomers.keys())}
    constraints = await active_constraints(tx, memberships.keys() | changed)
    if named := {id_ for each in constraints for id_ in each.profiles | each.others} - memberships.keys():
        memberships |= await load_concerned(tx, named)
        constraints = await active_constraints(tx, memberships)
    return await load_neighbourhood(tx, memberships, constraints, rules, profiles)


def _changes(
    people: Iterable[Person], before: Mapping[str, Membership], revision: int, now: datetime
) -> Iterator[tuple[str, IdentityChanged]]:
    """Yield, by profile id, what differs between `people` and the memberships `before`.

    A revision is at least `revision`, the facts' place in the stream: so it also grows when the store is rebuilt from
    a replay, and those who have heard the former announcements still listen.
    """
    for person in people:
        for member, reason in person.members.items():
            known = before[member]
            if (known.person_id, known.person_name, known.reason) != (person.id, person.name, reason):
                yield (
                    member,
                    IdentityChanged(
                        platform=known.platform,
                        account=known.account,
                        person_id=person.id,
                        person_name=person.name,
                        previous_person_id=known.person_id,
                        reason=reason,
                        revision=max(known.revision + 1, revision),
                        changed_at=now,
                    ),
                )


async def _proposals(
    tx: AsyncConnection, proposed: Sequence[Candidate], memberships: Mapping[str, Membership], now: datetime
) -> list[MergeProposed]:
    ends = {id_ for candidate in proposed for id_ in (candidate.left, candidate.right)}
    refs = {id_: PersonRef(platform=m.platform, account=m.account) for id_, m in memberships.items() if id_ in ends}
    if ends - refs.keys():
        refs |= await references(tx, ends - refs.keys())
    return [
        MergeProposed(
            left=refs[each.left],
            right=refs[each.right],
            bits=each.bits,
            reasons=each.reasons,
            clash=each.clash,
            proposed_at=now,
        )
        for each in proposed
    ]
