"""The stored memberships as events again: the last announcement of each profile, under the same id."""

from collections.abc import AsyncIterator
from typing import Final

from bdc_contracts import Event, IdentityChanged, ReplayRequested
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

_MEMBERSHIPS: Final = text("""
    SELECT p.platform, p.account, m.person_id, n.name AS person_name, m.reason, m.revision, m.changed_at
    FROM membership m JOIN profile p ON p.id = m.profile_id JOIN person n ON n.id = m.person_id
    WHERE (CAST(:since AS timestamptz) IS NULL OR m.changed_at >= :since)
        AND (CAST(:until AS timestamptz) IS NULL OR m.changed_at < :until)
        AND (CAST(:keys AS text[]) = '{}' OR p.platform || ':' || p.account = ANY(:keys))
    ORDER BY m.changed_at, m.profile_id
""")


async def replay(tx: AsyncConnection, request: ReplayRequested) -> AsyncIterator[Event]:
    """Yield `identity.changed` of every profile that the request asks for."""
    if request.types and IdentityChanged.type_name() not in request.types:
        return
    asked = {"since": request.since, "until": request.until, "keys": list(request.keys)}
    async with tx.stream(_MEMBERSHIPS, asked) as rows:
        async for row in rows.mappings():
            yield IdentityChanged(**row)
