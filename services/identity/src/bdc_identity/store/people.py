"""People and who belongs to them: one membership per profile, with its reason and revision."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Final

from bdc_contracts import IdentityChanged, PersonRef
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from bdc_identity.names import fold
from bdc_identity.resolve import Person, Profile
from bdc_identity.search_text import search_text
from bdc_identity.store.bulk import id_list, joined, records, recordset
from bdc_identity.store.members import keep_former

# Any constant: it names the one lock that lets one transaction at a time decide who is who.
_LOCK_KEY: Final = 4_202_461
# Nothing that follows may read a whole table, whatever the planner believes about its size.
_TAKE_TURN: Final = text("SELECT pg_advisory_xact_lock(:key), set_config('enable_seqscan', 'off', true)")
_PERSON_COLUMNS: Final = {
    "id": "text",
    "name": "text",
    "sort_name": "text",
    "kind": "text",
    "profiles": "int",
    "search": "text",
}
_PEOPLE: Final = text(f"""
    INSERT INTO person AS t ({", ".join(_PERSON_COLUMNS)})
    SELECT {", ".join(_PERSON_COLUMNS)} FROM {recordset(**_PERSON_COLUMNS)}
    ON CONFLICT (id) DO UPDATE SET
        name = excluded.name, sort_name = excluded.sort_name, kind = excluded.kind,
        profiles = excluded.profiles, search = excluded.search
    WHERE (t.name, t.kind, t.profiles, t.search)
        IS DISTINCT FROM (excluded.name, excluded.kind, excluded.profiles, excluded.search)
""")
_GONE: Final = text(f"DELETE FROM person WHERE id = ANY({id_list('ids')})")
_MEMBERSHIP_COLUMNS: Final = {
    "profile_id": "text",
    "person_id": "text",
    "component_id": "text",
    "reason": "text",
    "revision": "bigint",
    "changed_at": "timestamptz",
}
_MEMBERSHIPS: Final = text(f"""
    INSERT INTO membership ({", ".join(_MEMBERSHIP_COLUMNS)})
    SELECT {", ".join(_MEMBERSHIP_COLUMNS)} FROM {recordset(**_MEMBERSHIP_COLUMNS)}
    ON CONFLICT (profile_id) DO UPDATE SET
        person_id = excluded.person_id, component_id = excluded.component_id, reason = excluded.reason,
        revision = excluded.revision, changed_at = excluded.changed_at
""")
_COMPONENTS: Final = text(f"""
    UPDATE membership m SET component_id = r.component_id FROM {recordset(profile_id="text", component_id="text")}
    WHERE m.profile_id = r.profile_id
""")
_REFERENCES: Final = text(f"SELECT id, platform, account FROM profile WHERE id = ANY({id_list('ids')})")


async def take_turn(tx: AsyncConnection) -> None:
    """Wait until no other transaction decides who is who; the turn ends with this transaction."""
    await tx.execute(_TAKE_TURN, {"key": _LOCK_KEY})


async def save_people(
    tx: AsyncConnection, people: Sequence[Person], profiles: Mapping[str, Profile], former: Iterable[str]
) -> None:
    """Store `people`, and forget those of `former` (ids) that are no longer."""
    rows = (
        (
            person.id,
            person.name,
            fold(person.name or ""),
            person.kind,
            len(person.members),
            search_text(profiles[member] for member in person.members),
        )
        for person in people
    )
    await tx.execute(_PEOPLE, records(list(_PERSON_COLUMNS), rows))
    if gone := set(former) - {person.id for person in people}:
        await tx.execute(_GONE, {"ids": joined(gone)})


async def save_memberships(
    tx: AsyncConnection, changes: Mapping[str, IdentityChanged], components: Mapping[str, str]
) -> None:
    """Store what `changes` say by profile id, and the components of these and of other profiles."""
    rows = (
        (id_, change.person_id, components[id_], change.reason, change.revision, change.changed_at)
        for id_, change in changes.items()
    )
    if changes:
        await keep_former(tx, (id_ for id_, change in changes.items() if change.previous_person_id is not None))
        await tx.execute(_MEMBERSHIPS, records(list(_MEMBERSHIP_COLUMNS), rows))
    if others := components.keys() - changes.keys():
        moved = ((id_, components[id_]) for id_ in sorted(others))
        await tx.execute(_COMPONENTS, records(["profile_id", "component_id"], moved))


async def references(tx: AsyncConnection, profiles: Iterable[str]) -> dict[str, PersonRef]:
    """Return how events refer to profiles, by their ids."""
    rows = await tx.execute(_REFERENCES, {"ids": joined(profiles)})
    return {row.id: PersonRef(platform=row.platform, account=row.account) for row in rows}
