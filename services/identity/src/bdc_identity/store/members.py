"""Who belongs to whom at present, and belonged before."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from bdc_chassis.errors import NotFound
from bdc_chassis.store.text import storable
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from bdc_identity.store.bulk import id_list, joined

_MEMBERS: Final = text("""
    WITH asked AS (SELECT DISTINCT id FROM unnest(CAST(:ids AS text[])) AS id),
    person AS (SELECT DISTINCT m.person_id FROM asked JOIN membership m ON m.profile_id = asked.id)
    SELECT m.person_id, array_agg(m.profile_id ORDER BY m.profile_id) AS profiles
    FROM person JOIN membership m USING (person_id) GROUP BY m.person_id
""")
_KEEP: Final = text(f"""
    INSERT INTO former_membership (profile_id, revision, person_id, reason, since, until)
    SELECT profile_id, revision, person_id, reason, changed_at, now() FROM membership
    WHERE profile_id = ANY({id_list("ids")}) ON CONFLICT DO NOTHING
""")


@dataclass(frozen=True, slots=True)
class Members:
    """A person and all profiles, by their ids."""

    person_id: str
    profiles: frozenset[str]


async def members_of(tx: AsyncConnection, id_: str) -> Members:
    """Return the person with the present or former id `id_`, or that the profile with this id belongs to.

    Raises:
        NotFound: there is nobody.
    """
    (found,) = await members_of_all(tx, [id_])
    return found


async def members_of_all(tx: AsyncConnection, ids: Sequence[str]) -> list[Members]:
    """Return the person of each of `ids`, in their order; see `members_of`."""
    rows = await tx.execute(_MEMBERS, {"ids": [storable(id_) for id_ in ids]})
    people = [Members(row.person_id, frozenset(row.profiles)) for row in rows]
    by_profile = {profile: person for person in people for profile in person.profiles}
    missing = next((id_ for id_ in ids if id_ not in by_profile), None)
    if missing is not None:
        raise NotFound(f"There is no person or profile {missing[:80]!r}.")
    return [by_profile[id_] for id_ in ids]


async def keep_former(tx: AsyncConnection, profile_ids: Iterable[str]) -> None:
    """Note the present memberships of these profiles as former ones, before they are replaced."""
    if ids := joined(profile_ids):
        await tx.execute(_KEEP, {"ids": ids})
