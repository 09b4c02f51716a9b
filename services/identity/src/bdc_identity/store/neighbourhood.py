"""The profiles that a change can concern, with all that is known of them."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import Row, text
from sqlalchemy.ext.asyncio import AsyncConnection

from bdc_identity.addresses import AddressRules
from bdc_identity.evidence import KINDS, Evidence, Kind
from bdc_identity.resolve import Profile
from bdc_identity.sightings import Sightings
from bdc_identity.store.bulk import id_list, joined, records, recordset
from bdc_identity.store.facts import Learned
from bdc_identity.trust import Trust

# Everybody who was there before and shares a key with a changed profile, and the whole present people of all those.
# OFFSET 0 keeps each subquery a look-up per row: statistics lag behind tables that grow this fast, and the planner,
# left alone, reads a whole table for a thousand keys (measured: 86 ms for what takes 8 at 64,000 profiles).
_CONCERNED: Final = text(f"""
    WITH holder AS (
        SELECT unnest({id_list("profiles")}) AS profile_id
        UNION
        SELECT e.profile_id FROM {recordset(kind="text", value="text")}, LATERAL (
            SELECT profile_id FROM evidence WHERE kind = r.kind AND value = r.value OFFSET 0
        ) AS e
        WHERE e.profile_id NOT IN (SELECT unnest({id_list("newcomers")}))
    ), touched AS (
        SELECT DISTINCT m.person_id FROM holder h, LATERAL (
            SELECT person_id FROM membership WHERE profile_id = h.profile_id OFFSET 0
        ) AS m
    ), concerned AS (
        SELECT profile_id FROM holder
        UNION
        SELECT m.profile_id FROM touched t, LATERAL (
            SELECT profile_id FROM membership WHERE person_id = t.person_id OFFSET 0
        ) AS m
    )
    SELECT p.*, m.*
    FROM concerned c, LATERAL (
        SELECT id, platform, account FROM profile WHERE id = c.profile_id OFFSET 0
    ) AS p LEFT JOIN LATERAL (
        SELECT o.person_id, n.name AS person_name, o.reason, o.revision
        FROM membership o JOIN person n ON n.id = o.person_id WHERE o.profile_id = p.id OFFSET 0
    ) AS m ON true
""")
_NAMES: Final = text(f"SELECT profile_id, name FROM profile_name WHERE profile_id = ANY({id_list('ids')})")
_EVIDENCE: Final = text(f"""
    SELECT profile_id, kind, value, qualifier FROM evidence WHERE profile_id = ANY({id_list("ids")})
""")
_LISTS: Final = text("SELECT address FROM list_address")
_CLASHING_LOGINS: Final = text(f"""
    SELECT r.value FROM {recordset(value="text")}, LATERAL (
        SELECT count(DISTINCT qualifier) AS ids FROM evidence
        WHERE kind = 'login' AND value = r.value AND qualifier <> ''
    ) AS e
    WHERE e.ids > 1
""")


@dataclass(frozen=True, slots=True)
class Membership:
    """A profile's natural key and the person that it belongs to at present, if to any yet."""

    platform: str
    account: str
    person_id: str | None = None
    person_name: str | None = None
    reason: str | None = None
    revision: int = 0


@dataclass(frozen=True, slots=True)
class Neighbourhood:
    """Profiles closed under shared evidence: resolving them alone gives what resolving everything would."""

    profiles: Sequence[Profile]
    memberships: Mapping[str, Membership]
    trust: Trust


async def load_neighbourhood(
    tx: AsyncConnection, learned: Learned, seen: Sightings, rules: AddressRules
) -> Neighbourhood:
    """Return all profiles whose person can change by what was learned from the batch `seen`."""
    lists = frozenset((await tx.execute(_LISTS)).scalars())
    memberships = await _concerned(tx, learned, Trust(rules, lists))
    for id_, platform, account in seen.profiles:
        if id_ in learned.newcomers:
            memberships[id_] = Membership(platform, account)
    profiles = await _profiles(tx, memberships, learned.newcomers, seen)
    return Neighbourhood(profiles, memberships, Trust(rules, lists, await _clashing_logins(tx, profiles)))


async def _profiles(
    tx: AsyncConnection, ids: Iterable[str], newcomers: frozenset[str], seen: Sightings
) -> list[Profile]:
    """Return what is known of `ids`; all that is known of newcomers is in the batch itself."""
    stored = {"ids": joined(id_ for id_ in ids if id_ not in newcomers)}
    names: dict[str, set[str]] = defaultdict(set)
    for id_, name in (*seen.names, *(await tx.execute(_NAMES, stored))):
        names[id_].add(name)
    evidence: dict[str, set[Evidence]] = defaultdict(set)
    for id_, kind, value, qualifier in (*seen.evidence, *(await tx.execute(_EVIDENCE, stored))):
        evidence[id_].add(Evidence(KINDS[kind], value, qualifier))
    return [Profile(id_, frozenset(names[id_]), frozenset(evidence[id_])) for id_ in ids]


async def _concerned(tx: AsyncConnection, learned: Learned, trust: Trust) -> dict[str, Membership]:
    # A list's address can have thousands of holders: they matter once, when it becomes known that it is a list's.
    keys = [key for key in learned.keys if trust.joins(*key)] + [(Kind.EMAIL, address) for address in learned.lists]
    ids = {"profiles": joined(learned.profiles - learned.newcomers), "newcomers": joined(learned.newcomers)}
    rows = await tx.execute(_CONCERNED, records(["kind", "value"], keys) | ids)
    return {row.id: _membership(row) for row in rows}


def _membership(row: Row[Any]) -> Membership:
    return Membership(
        platform=row.platform,
        account=row.account,
        person_id=row.person_id,
        person_name=row.person_name,
        reason=row.reason,
        revision=row.revision or 0,
    )


async def _clashing_logins(tx: AsyncConnection, profiles: Iterable[Profile]) -> frozenset[str]:
    logins = {item.value for profile in profiles for item in profile.evidence if item.kind is Kind.LOGIN}
    if not logins:
        return frozenset()
    parameter = records(["value"], ([login] for login in logins))
    return frozenset((await tx.execute(_CLASHING_LOGINS, parameter)).scalars())
