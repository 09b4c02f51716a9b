"""Stored messages to documents for the search: what the author wrote, without quotations and signature."""

from collections.abc import Sequence
from typing import Final

from bdc_contracts import DocumentChanged, PersonRef
from sqlalchemy import RowMapping, text
from sqlalchemy.ext.asyncio import AsyncConnection

from bdc_mailing.quoting import own_text

DOMAIN: Final = "mailing"
KIND: Final = "message"
PLATFORM: Final = "mail"

_COLUMNS: Final = """
SELECT m.message_key, m.thread_id, m.revised_at, p.list_address, p.subject, p.sender_name, p.account, p.text,
       p.visibility, p.occurred_at
FROM message m
JOIN posting p ON (p.list_address, p.key_id, p.sha256) = (m.source_list, m.key_id, m.source_sha256)
"""
_BY_KEY: Final = text(_COLUMNS + "WHERE m.message_key = ANY (:keys) ORDER BY m.message_key")


def document_id(key: str) -> str:
    """Return the document's id for the message with this key."""
    return f"{DOMAIN}:{KIND}:{key}"


def document_of(row: RowMapping) -> DocumentChanged:
    """Return the document of a message joined with the posting that shows it."""
    author = None
    if row["account"] is not None:
        author = PersonRef(platform=PLATFORM, account=row["account"], name=row["sender_name"] or None)
    return DocumentChanged(
        domain=DOMAIN,
        document_id=document_id(row["message_key"]),
        kind=KIND,
        container=row["list_address"],
        title=row["subject"],
        text=own_text(row["text"]),
        author=author,
        thread=row["thread_id"],
        occurred_at=row["occurred_at"],
        revised_at=row["revised_at"],
        visibility=row["visibility"],
    )


async def documents_for(tx: AsyncConnection, keys: Sequence[str]) -> list[DocumentChanged]:
    """Return the documents of the messages with these keys, as they are stored now."""
    rows = (await tx.execute(_BY_KEY, {"keys": list(keys)})).mappings()
    return [document_of(row) for row in rows]
