"""The profiles that a change can concern, with all that is known of them."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import Row, text
from sqlalchemy.ext.asyncio import AsyncConnection

from bdc_identity.addresses import AddressRules
from bdc_identity.constraints import Constraint
from bdc_identity.links import Candidate, Link
from bdc_identity.resolve import Profile
from bdc_identity.store.bulk import id_list, joined
from bdc_identity.store.keys import load_trust
from bdc_identity.store.pairs import links_of
from bdc_identity.store.profiles import Profiles
from bdc_identity.trust import Trust

# Whole components. OFFSET 0 keeps each subquery a look-up per row, as in `keys`.
_CONCERNED: Final = text(f"""
    WITH seed AS (
        SELECT unnest({id_list("ids")}) AS profile_id
    ), touched AS (
        SELECT DISTINCT m.component_id FROM seed s, LATERAL (
            SELECT component_id FROM membership WHERE profile_id = s.profile_id OFFSET 0
        ) AS m
    ), concerned AS (
        SELECT profile_id FROM seed
        UNION
        SELECT m.profile_id FROM touched t, LATERAL (
            SELECT profile_id FROM membership WHERE component_id = t.component_id OFFSET 0
        ) AS m
    )
    SELECT p.*, m.*
    FROM concerned c, LATERAL (
        SELECT id, platform, account FROM profile WHERE id = c.profile_id OFFSET 0
    ) AS p LEFT JOIN LATERAL (
        SELECT o.person_id, o.component_id, n.name AS person_name, o.reason, o.revision
        FROM membership o JOIN person n ON n.id = o.person_id WHERE o.profile_id = p.id OFFSET 0
    ) AS m ON true
""")
_PEOPLE_OF: Final = text(f"""
    SELECT m.profile_id AS known, o.profile_id AS member
    FROM membership m JOIN membership o ON o.person_id = m.person_id WHERE m.profile_id = ANY({id_list("ids")})
""")


@dataclass(frozen=True, slots=True)
class Membership:
    """A profile's natural key and the person that it belongs to at present, if to any yet."""

    platform: str
    account: str
    person_id: str | None = None
    component_id: str | None = None
    person_name: str | None = None
    reason: str | None = None
    revision: int = 0


@dataclass(frozen=True, slots=True)
class Neighbourhood:
    """Whole components, so that resolving them alone gives what resolving everything would.

    `inner` are the soft links among their profiles, `outer` those to others, which are too weak to join anybody.
    """

    profiles: Sequence[Profile]
    memberships: Mapping[str, Membership]
    trust: Trust
    constraints: Sequence[Constraint]
    inner: Sequence[Link]
    outer: Sequence[Link]


async def load_concerned(tx: AsyncConnection, seeds: Iterable[str]) -> dict[str, Membership]:
    """Return the memberships of `seeds` (profiles) and of all whom any link connects with them."""
    rows = (await tx.execute(_CONCERNED, {"ids": joined(sorted(seeds))})).all()
    return {row.id: _membership(row) for row in rows}


async def load_neighbourhood(
    tx: AsyncConnection,
    memberships: Mapping[str, Membership],
    constraints: Sequence[Constraint],
    rules: AddressRules,
    profiles: Profiles,
) -> Neighbourhood:
    """Return all that is known of the whole components of which `memberships` are the profiles."""
    members = await profiles.load(tx, sorted(memberships))
    links = (await links_of(tx, memberships)).values()
    return Neighbourhood(
        profiles=list(members.values()),
        memberships=memberships,
        trust=await load_trust(tx, members.values(), rules),
        constraints=constraints,
        inner=[link for link in links if link.left in memberships and link.right in memberships],
        outer=[link for link in links if (link.left in memberships) is not (link.right in memberships)],
    )


async def outer_candidates(
    tx: AsyncConnection, around: Neighbourhood, people: Mapping[str, Iterable[str]]
) -> list[Candidate]:
    """Return the candidates between somebody of a neighbourhood and somebody outside of it.

    `people` are the members of the person of each profile inside. Who is outside is held apart by the constraints as
    they stand, since nothing that is resolved now can put the two together.
    """
    inside = around.memberships.keys()
    apart = [each for each in around.constraints if each.others]
    others = await _people_of(tx, (id_ for link in around.outer for id_ in (link.left, link.right))) if apart else {}
    found = []
    for link in around.outer:
        one, other = (link.left, link.right) if link.left in inside else (link.right, link.left)
        if not any(_holds_apart(each, set(people[one]), others.get(other, {other})) for each in apart):
            found.append(Candidate(link.left, link.right, link.bits, link.reasons))
    return found


def _holds_apart(constraint: Constraint, one: set[str], other: set[str]) -> bool:
    sides = constraint.profiles, constraint.others
    return any(not left.isdisjoint(one) and not right.isdisjoint(other) for left, right in (sides, sides[::-1]))


async def _people_of(tx: AsyncConnection, profiles: Iterable[str]) -> dict[str, set[str]]:
    people: dict[str, set[str]] = {}
    for row in await tx.execute(_PEOPLE_OF, {"ids": joined(profiles)}):
        people.setdefault(row.known, set()).add(row.member)
    return people


def _membership(row: Row[Any]) -> Membership:
    return Membership(
        platform=row.platform,
        account=row.account,
        person_id=row.person_id,
        component_id=row.component_id,
        person_name=row.person_name,
        reason=row.reason,
        revision=row.revision or 0,
    )
