"""Stored messages and threads to documents for the search: what was written, without quotations and signatures."""

from collections.abc import Sequence
from typing import Final

from bdc_contracts import DocumentChanged, DocumentRemoved, PersonRef
from sqlalchemy import RowMapping, text
from sqlalchemy.ext.asyncio import AsyncConnection

DOMAIN: Final = "mailing"
MESSAGE: Final = "message"
THREAD: Final = "thread"
PLATFORM: Final = "mail"

MAX_THREAD_CHARS: Final = 16_000
"""Of a thread, its beginning is searched as a whole; every message is a document of its own anyway."""
MAX_SHARE_CHARS: Final = 4_000
"""Of one message, in the document of its thread."""

_MESSAGES: Final = text("""
SELECT m.message_key, m.thread_id, m.revised_at, m.removed_at, p.list_address, p.subject, p.sender_name, p.account,
       p.own_text, p.visibility, p.occurred_at, g.url
FROM message m
LEFT JOIN posting p ON (p.list_address, p.key_id, p.sha256, p.message_key)
    = (m.source_list, m.key_id, m.source_sha256, m.message_key)
LEFT JOIN LATERAL (
    SELECT min(g.url) AS url FROM sighting g
    WHERE (g.list_address, g.key_id, g.sha256) = (p.list_address, p.key_id, p.sha256)
) g ON true
WHERE m.message_key = ANY (:keys) ORDER BY m.message_key
""")
# The texts are cut where the document is full, before they leave the database.
_THREADS: Final = text("""
SELECT t.thread_id, t.messages, t.total, t.subject, t.lists, t.participants, t.visibility, t.first_at, t.revised_at,
       s.texts
FROM thread t
LEFT JOIN LATERAL (
    SELECT array_agg(share ORDER BY place) AS texts
    FROM (
        SELECT left(p.own_text, :share) AS share, row_number() OVER earlier AS place,
               sum(least(length(p.own_text), :share)) OVER earlier - least(length(p.own_text), :share) AS before
        FROM message m
        JOIN posting p ON (p.list_address, p.key_id, p.sha256, p.message_key)
    = (m.source_list, m.key_id, m.source_sha256, m.message_key)
        WHERE m.thread_id = t.thread_id AND m.removed_at IS NULL
        WINDOW earlier AS (ORDER BY m.occurred_at NULLS LAST, m.message_key)
    ) shares
    WHERE before < :whole
) s ON t.messages > 1
WHERE t.thread_id = ANY (:threads) AND t.total > 1 ORDER BY t.thread_id
""")


def document_id(kind: str, key: str) -> str:
    """Return the id of the document of a message or thread."""
    return f"{DOMAIN}:{kind}:{key}"


def message_document(row: RowMapping) -> DocumentChanged | DocumentRemoved:
    """Return the document of a message joined with the posting that shows it, or that there is none any more."""
    identity = document_id(MESSAGE, row["message_key"])
    if row["removed_at"] is not None:
        return DocumentRemoved(domain=DOMAIN, document_id=identity, revised_at=row["revised_at"])
    author = None
    if row["account"] is not None:
        author = PersonRef(platform=PLATFORM, account=row["account"], name=row["sender_name"] or None)
    return DocumentChanged(
        domain=DOMAIN,
        document_id=identity,
        kind=MESSAGE,
        container=row["list_address"],
        title=row["subject"],
        text=row["own_text"],
        url=row["url"],
        author=author,
        thread=row["thread_id"],
        occurred_at=row["occurred_at"],
        revised_at=row["revised_at"],
        visibility=row["visibility"],
    )


def thread_document(row: RowMapping) -> DocumentChanged | DocumentRemoved:
    """Return the document of a thread; one of fewer than two messages has none."""
    identity = document_id(THREAD, row["thread_id"])
    if row["messages"] < 2:  # noqa: PLR2004
        return DocumentRemoved(domain=DOMAIN, document_id=identity, revised_at=row["revised_at"])
    names = dict.fromkeys(account.partition(" <")[0] or account for account in row["participants"])
    said = "\n\n".join(filter(None, row["texts"]))[:MAX_THREAD_CHARS]
    return DocumentChanged(
        domain=DOMAIN,
        document_id=identity,
        kind=THREAD,
        container=row["lists"][0],
        title=row["subject"],
        text=f"{', '.join(names)}\n\n{said}",
        thread=row["thread_id"],
        occurred_at=row["first_at"],
        revised_at=row["revised_at"],
        visibility=row["visibility"],
    )


async def message_documents(tx: AsyncConnection, keys: Sequence[str]) -> list[DocumentChanged | DocumentRemoved]:
    """Return the documents of the messages with these keys, as they are stored now."""
    return [message_document(row) for row in (await tx.execute(_MESSAGES, {"keys": list(keys)})).mappings()]


async def thread_documents(tx: AsyncConnection, threads: Sequence[str]) -> list[DocumentChanged | DocumentRemoved]:
    """Return the documents of these threads, as they are stored now."""
    wanted = {"threads": list(threads), "share": MAX_SHARE_CHARS, "whole": MAX_THREAD_CHARS}
    return [thread_document(row) for row in (await tx.execute(_THREADS, wanted)).mappings()]
