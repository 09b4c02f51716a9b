"""The store's history as events again."""

from collections.abc import AsyncIterator
from typing import Any, Final

from bdc_contracts import Event, Handle, MessageArchived, MessageRemoved, PersonSeen, ReplayRequested
from sqlalchemy import RowMapping, text
from sqlalchemy.ext.asyncio import AsyncConnection

from bdc_mailing.documents import DOMAIN, PLATFORM, message_documents, thread_documents
from bdc_mailing.posting import event_of

PAGE: Final = 1000

_KEYS: Final = """
(CAST(:keys AS text[]) IS NULL OR list_address = ANY (:keys) OR list_address || E'\\n' || key_id = ANY (:keys)
 OR list_address || E'\\n' || key_id || E'\\n' || sha256 = ANY (:keys))
"""
_PERIOD: Final = """
    (CAST(:since AS timestamptz) IS NULL OR occurred_at >= :since)
AND (CAST(:until AS timestamptz) IS NULL OR occurred_at < :until)
"""
_SIGHTINGS: Final = text(f"""
SELECT p.*, g.source, g.url, g.archive, g.seen_again_at,
       (SELECT m.thread_id FROM message m WHERE m.message_key = p.message_key) AS thread_id
FROM posting p
JOIN sighting g USING (list_address, key_id, sha256)
WHERE {_KEYS} AND {_PERIOD}
  AND (list_address, key_id, sha256, g.source) > (:list_address, :key_id, :sha256, :source)
ORDER BY list_address, key_id, sha256, g.source LIMIT :page
""")
_REMOVALS: Final = text(f"""
SELECT * FROM removal r WHERE {_KEYS}
AND (CAST(:since AS timestamptz) IS NULL AND CAST(:until AS timestamptz) IS NULL OR EXISTS (
    SELECT FROM posting p WHERE (p.list_address, p.key_id) = (r.list_address, r.key_id) AND {_PERIOD}))
ORDER BY list_address, key_id, source, sha256
""")
_PEOPLE: Final = text(f"""
SELECT list_address, account, min(sender_name) AS name, min(sender_email) AS email, min(visibility) AS visibility,
       jsonb_agg(DISTINCT handles) FILTER (WHERE handles <> '[]') AS handles,
       min(coalesce(archived_at, date)) AS first_seen, max(coalesce(archived_at, date)) AS last_seen
FROM posting WHERE account IS NOT NULL AND author_kind <> 'list' AND {_KEYS} AND {_PERIOD}
GROUP BY list_address, account ORDER BY list_address, account
""")


async def replay(connection: AsyncConnection, request: ReplayRequested) -> AsyncIterator[Event]:
    """Yield what the request asks for: messages and their removals, their authors, their documents."""
    wanted: dict[str, Any] = {"since": request.since, "until": request.until, "keys": list(request.keys) or None}
    types = set(request.types)
    archived = not types or MessageArchived.type_name() in types
    documents = not types or bool(types & {f"{DOMAIN}.document.changed", f"{DOMAIN}.document.removed"})
    if archived or documents:
        async for event in _messages(connection, wanted, archived=archived, documents=documents):
            yield event
    if not types or MessageRemoved.type_name() in types:
        for row in (await connection.execute(_REMOVALS, wanted)).mappings():
            yield _removed(row)
    if not types or f"{DOMAIN}.person.seen" in types:
        for row in (await connection.execute(_PEOPLE, wanted)).mappings():
            yield _person(row)


async def _messages(
    connection: AsyncConnection, wanted: dict[str, Any], *, archived: bool, documents: bool
) -> AsyncIterator[Event]:
    after = {"list_address": "", "key_id": "", "sha256": "", "source": ""}
    threads: set[str] = set()
    while rows := (await connection.execute(_SIGHTINGS, wanted | after | {"page": PAGE})).mappings().all():
        if archived:
            for row in rows:
                yield event_of(row)
        if documents:
            for document in await message_documents(connection, sorted({row["message_key"] for row in rows})):
                yield document
            new = {row["thread_id"] for row in rows} - threads
            threads |= new
            for document in await thread_documents(connection, sorted(new)):
                yield document
        after = {name: rows[-1][name] for name in after}


def _removed(row: RowMapping) -> MessageRemoved:
    return MessageRemoved(
        list_address=row["list_address"],
        key_id=row["key_id"],
        source=row["source"],
        sha256=row["sha256"] or None,
        observed_at=row["observed_at"],
    )


def _person(row: RowMapping) -> PersonSeen:
    given = [handle for handles in row["handles"] or () for handle in handles]
    return PersonSeen(
        domain=DOMAIN,
        platform=PLATFORM,
        account=row["account"],
        context=row["list_address"],
        name=row["name"] or None,
        email=row["email"] or None,
        handles=tuple({str(handle): Handle.model_validate(handle) for handle in given}.values()),
        first_seen=row["first_seen"],
        last_seen=row["last_seen"],
        visibility=row["visibility"],
    )
