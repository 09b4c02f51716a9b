"""Profiles as other answers mention them."""

from collections.abc import Iterable
from typing import Final

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from bdc_identity.store.bulk import id_list, joined
from bdc_identity.views import ProfileRef

_REFS: Final = text(f"""
    SELECT p.id, p.platform, p.account,
        (SELECT name FROM profile_name n WHERE n.profile_id = p.id ORDER BY last_seen DESC NULLS LAST, name LIMIT 1)
            AS name,
        (SELECT value FROM evidence e WHERE e.profile_id = p.id AND e.kind = 'email'
            ORDER BY last_seen DESC NULLS LAST, value LIMIT 1) AS email
    FROM profile p WHERE p.id = ANY({id_list("ids")})
""")


async def profile_refs(tx: AsyncConnection, ids: Iterable[str]) -> dict[str, ProfileRef]:
    """Return those of the profiles that exist, by id."""
    rows = await tx.execute(_REFS, {"ids": joined(ids)})
    return {row["id"]: ProfileRef(**row) for row in rows.mappings()}
