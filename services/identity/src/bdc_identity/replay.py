"""The store as events again: memberships as last announced, decisions, who was forgotten, and imported sightings."""

from collections.abc import AsyncIterator
from typing import Any, Final

from bdc_contracts import (
    DecisionMade,
    Event,
    ForgottenKeys,
    IdentityChanged,
    PersonForgotten,
    PersonSeen,
    ReplayRequested,
)
from sqlalchemy import TextClause, text
from sqlalchemy.ext.asyncio import AsyncConnection

from bdc_identity.imports import PLATFORM


def _query(select: str, *, time: str, key: str, order: str) -> TextClause:
    return text(f"""
        SELECT * FROM ({select}) AS fact
        WHERE (CAST(:since AS timestamptz) IS NULL OR {time} >= :since)
            AND (CAST(:until AS timestamptz) IS NULL OR {time} < :until)
            AND (CAST(:keys AS text[]) = '{{}}' OR {key} = ANY(:keys))
        ORDER BY {order}
    """)


_FORGOTTEN: Final = _query(
    "SELECT r.request_id, r.requested_at, f.salt, array_agg(f.hash ORDER BY f.hash) AS hashes"
    " FROM forget_request r JOIN forgotten f USING (request_id) GROUP BY r.request_id, r.requested_at, f.salt",
    time="requested_at",
    key="request_id",
    order="requested_at, request_id",
)
_SEEN: Final = _query(
    "SELECT p.platform, p.account, c.context, n.name, e.value AS email, c.first_seen, c.last_seen, c.visibility"
    " FROM profile p JOIN profile_context c ON c.profile_id = p.id"
    " LEFT JOIN profile_name n ON n.profile_id = p.id"
    f" LEFT JOIN evidence e ON e.profile_id = p.id AND e.kind = 'email' WHERE p.platform = '{PLATFORM}'",
    time="coalesce(last_seen, '1970-01-01Z')",
    key="platform || ':' || account",
    order="account, context, email, name",
)
_DECISIONS: Final = _query(
    "SELECT id AS decision_id, verb, actor, decided_at, left_ids AS left, right_ids AS right, value, note, origin,"
    " undoes FROM decision",
    time="decided_at",
    key="decision_id",
    order="decided_at, decision_id",
)
_MEMBERSHIPS: Final = _query(
    "SELECT p.platform, p.account, m.person_id, n.name AS person_name, m.reason, m.revision, m.changed_at,"
    " m.profile_id FROM membership m JOIN profile p ON p.id = m.profile_id JOIN person n ON n.id = m.person_id",
    time="changed_at",
    key="platform || ':' || account",
    order="changed_at, profile_id",
)


async def replay(tx: AsyncConnection, request: ReplayRequested) -> AsyncIterator[Event]:
    """Yield the stored history as events, whoever was forgotten first, so that nobody comes back by it."""
    asked = {"since": request.since, "until": request.until, "keys": list(request.keys)}
    for kind, query, make in _SOURCES:
        if request.types and kind.type_name().replace("*", "identity") not in request.types:
            continue
        async with tx.stream(query, asked) as rows:
            async for row in rows.mappings():
                yield make(dict(row))


def _forgotten(row: dict[str, Any]) -> Event:
    keys = ForgottenKeys(salt=row.pop("salt"), hashes=row.pop("hashes"))
    return PersonForgotten(**row, keys=keys)


_SOURCES: Final = (
    (PersonForgotten, _FORGOTTEN, _forgotten),
    (PersonSeen, _SEEN, lambda row: PersonSeen(domain="identity", **row)),
    (DecisionMade, _DECISIONS, lambda row: DecisionMade(**row)),
    (IdentityChanged, _MEMBERSHIPS, lambda row: IdentityChanged(**row)),
)
