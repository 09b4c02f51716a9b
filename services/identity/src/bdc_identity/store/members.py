"""Who belongs to whom at present, and belonged before."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from bdc_chassis.errors import NotFound
from bdc_chassis.store.text import storable
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from bdc_identity.store.bulk import id_list, joined

_MEMBERS: Final = text("""
    SELECT m.person_id, array_agg(o.profile_id ORDER BY o.profile_id) AS profiles
    FROM membership m JOIN membership o USING (person_id) WHERE m.profile_id = :id GROUP BY m.person_id
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
    row = (await tx.execute(_MEMBERS, {"id": storable(id_)})).one_or_none()
    if row is None:
        raise NotFound(f"There is no person or profile {id_[:80]!r}.")
    return Members(row.person_id, frozenset(row.profiles))


async def keep_former(tx: AsyncConnection, profile_ids: Iterable[str]) -> None:
    """Note the present memberships of these profiles as former ones, before they are replaced."""
    if ids := joined(profile_ids):
        await tx.execute(_KEEP, {"ids": ids})
