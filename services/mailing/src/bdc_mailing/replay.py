"""The store's history as events again."""

from collections.abc import AsyncIterator
from typing import Any, Final

from bdc_contracts import Event, MessageArchived, PersonSeen, ReplayRequested
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from bdc_mailing.documents import DOMAIN, PLATFORM, documents_for
from bdc_mailing.posting import event_of

PAGE: Final = 1000

_WANTED: Final = """
    (CAST(:since AS timestamptz) IS NULL OR occurred_at >= :since)
AND (CAST(:until AS timestamptz) IS NULL OR occurred_at < :until)
AND (CAST(:keys AS text[]) IS NULL OR list_address = ANY (:keys) OR list_address || E'\\n' || key_id = ANY (:keys)
     OR list_address || E'\\n' || key_id || E'\\n' || sha256 = ANY (:keys))
"""
_POSTINGS: Final = text(f"""
SELECT * FROM posting
WHERE {_WANTED} AND (list_address, key_id, sha256) > (:list_address, :key_id, :sha256)
ORDER BY list_address, key_id, sha256 LIMIT :page
""")
_PEOPLE: Final = text(f"""
SELECT list_address, account, min(sender_name) AS name, min(sender_email) AS email, min(visibility) AS visibility,
       min(coalesce(archived_at, date)) AS first_seen, max(coalesce(archived_at, date)) AS last_seen
FROM posting WHERE account IS NOT NULL AND {_WANTED}
GROUP BY list_address, account ORDER BY list_address, account
""")


async def replay(connection: AsyncConnection, request: ReplayRequested) -> AsyncIterator[Event]:
    """Yield what the request asks for: messages, their authors, their documents."""
    wanted: dict[str, Any] = {"since": request.since, "until": request.until, "keys": list(request.keys) or None}
    types = set(request.types)
    messages = not types or MessageArchived.type_name() in types
    documents = not types or f"{DOMAIN}.document.changed" in types
    if messages or documents:
        async for event in _postings(connection, wanted, messages=messages, documents=documents):
            yield event
    if not types or f"{DOMAIN}.person.seen" in types:
        async for event in _people(connection, wanted):
            yield event


async def _postings(
    connection: AsyncConnection, wanted: dict[str, Any], *, messages: bool, documents: bool
) -> AsyncIterator[Event]:
    after = {"list_address": "", "key_id": "", "sha256": ""}
    while rows := (await connection.execute(_POSTINGS, wanted | after | {"page": PAGE})).mappings().all():
        if messages:
            for row in rows:
                yield event_of(row)
        if documents:
            for document in await documents_for(connection, sorted({row["message_key"] for row in rows})):
                yield document
        after = {name: rows[-1][name] for name in after}


async def _people(connection: AsyncConnection, wanted: dict[str, Any]) -> AsyncIterator[Event]:
    for row in (await connection.execute(_PEOPLE, wanted)).mappings():
        yield PersonSeen(
            domain=DOMAIN,
            platform=PLATFORM,
            account=row["account"],
            context=row["list_address"],
            name=row["name"] or None,
            email=row["email"] or None,
            first_seen=row["first_seen"],
            last_seen=row["last_seen"],
            visibility=row["visibility"],
        )
