"""The ledger of documents, their chunks, and whose accounts are whose."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from io import BytesIO
from typing import Any, Final

from bdc_chassis.store import copy_upsert
from bdc_contracts import DocumentChanged, IdentityChanged
from sqlalchemy import BigInteger, Boolean, Column, DateTime, Integer, MetaData, Table, Text, bindparam, text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.ext.asyncio import AsyncConnection

from bdc_indexer.prepared import PreparedChunk, copy_rows
from bdc_indexer.revision import Revision, author_key, document_number

metadata = MetaData()

document = Table(
    "document",
    metadata,
    Column("id", BigInteger, primary_key=True),
    Column("document_id", Text, nullable=False, unique=True),
    Column("source", Text, nullable=False),
    Column("kind", Text),
    Column("container", Text),
    Column("title", Text, nullable=False),
    Column("url", Text),
    Column("author", Text),
    Column("author_platform", Text),
    Column("author_account", Text),
    Column("author_name", Text),
    Column("thread", Text),
    Column("occurred_at", DateTime(timezone=True)),
    Column("revised_at", DateTime(timezone=True), nullable=False),
    Column("seq", BigInteger, nullable=False),
    Column("removed", Boolean, nullable=False),
    Column("visibility", Text, nullable=False),
    Column("content_hash", Text, nullable=False),
    Column("indexed_hash", Text),
    Column("chunks", Integer, nullable=False),
    Column("changed_at", DateTime(timezone=True), nullable=False),
)
account = Table(
    "account",
    metadata,
    Column("author", Text, primary_key=True),
    Column("person_id", Text, nullable=False),
    Column("person_name", Text),
    Column("revision", BigInteger, nullable=False),
)

_NEWER: Final = "(t.revised_at, t.removed, t.seq) < (excluded.revised_at, excluded.removed, excluded.seq)"

_IDS = bindparam("ids", type_=ARRAY(Text))
_ROWS = bindparam("rows", type_=ARRAY(BigInteger))

# A revision and its chunks are written in one transaction, so this finds what the batch at hand has to do and no more.
_PENDING = text(
    "SELECT id, document_id FROM document WHERE document_id = ANY (:ids) AND indexed_hash IS DISTINCT FROM content_hash"
).bindparams(_IDS)

_DROP_CHUNKS = text("DELETE FROM chunk WHERE document = ANY (:rows)").bindparams(_ROWS)

_CHUNK: Final = (
    *("document", "number", "start", "text", "words", "embedding"),
    *("source", "kind", "container", "author", "occurred_at", "visibility"),
)

_SETTLE = text(
    """
    UPDATE document d SET indexed_hash = content_hash, changed_at = now(),
           chunks = (SELECT count(*) FROM chunk c WHERE c.document = d.id)
    WHERE d.id = ANY (:rows)
    """
).bindparams(_ROWS)

_LABEL = text(
    """
    UPDATE chunk c SET source = d.source, kind = d.kind, container = d.container, author = d.author,
           occurred_at = d.occurred_at, visibility = d.visibility
    FROM document d
    WHERE d.id = c.document AND d.document_id = ANY (:ids)
      AND (c.source, c.kind, c.container, c.author, c.occurred_at, c.visibility)
          IS DISTINCT FROM (d.source, d.kind, d.container, d.author, d.occurred_at, d.visibility)
    """
).bindparams(_IDS)


@dataclass(frozen=True, slots=True)
class Pending:
    """A document whose chunks are not those of its revision in force: its row and its id."""

    row: int
    document_id: str


async def record_revisions(tx: AsyncConnection, revisions: Mapping[str, Revision]) -> list[Pending]:
    """Note every revision that is newer than the stored one; return the documents whose chunks have to follow."""
    rows = [_ledger_row(document_id, revision) for document_id, revision in revisions.items()]
    await copy_upsert(tx, document, rows, key=["document_id"], newer=_NEWER)
    ids = {"ids": list(revisions)}
    return [Pending(row, document_id) for row, document_id in await tx.execute(_PENDING, ids)]


async def drop_chunks(tx: AsyncConnection, pending: Sequence[Pending]) -> None:
    """Remove every chunk of these documents."""
    await tx.execute(_DROP_CHUNKS, {"rows": [each.row for each in pending]})


async def add_chunks(tx: AsyncConnection, chunks: Iterable[PreparedChunk]) -> None:
    """Store chunks of documents that have none, with their documents' labels for filters."""
    driver: Any = (await tx.get_raw_connection()).driver_connection
    await driver.copy_to_table("chunk", source=BytesIO(copy_rows(chunks)), columns=_CHUNK, format="binary")


async def settle(tx: AsyncConnection, pending: Sequence[Pending]) -> None:
    """Note that the chunks of these documents are those of the revision in force."""
    await tx.execute(_SETTLE, {"rows": [each.row for each in pending]})


async def label_chunks(tx: AsyncConnection, document_ids: Iterable[str]) -> None:
    """Carry changed labels (container, author, date …) over to chunks whose text stayed the same."""
    await tx.execute(_LABEL, {"ids": list(document_ids)})


async def record_identities(tx: AsyncConnection, events: Iterable[IdentityChanged]) -> None:
    """Note whose accounts are whose; the greatest revision of an account decides."""
    rows = [(f"{e.platform}:{e.account}", e.person_id, e.person_name, e.revision) for e in events]
    await copy_upsert(tx, account, rows, key=["author"], newer="t.revision < excluded.revision", order=["revision"])


def _ledger_row(document_id: str, revision: Revision) -> dict[str, object]:
    event = revision.event
    row: dict[str, object] = {
        "id": document_number(document_id),
        "document_id": document_id,
        "source": event.domain,
        "revised_at": event.revised_at,
        "seq": revision.sequence,
        "removed": revision.removed,
        "content_hash": revision.content_hash,
    }
    changed = event if isinstance(event, DocumentChanged) else None
    author = changed.author if changed else None
    return row | {
        "kind": changed.kind if changed else None,
        "container": changed.container if changed else None,
        "title": changed.title if changed else "",
        "url": changed.url if changed else None,
        "author": author_key(author),
        "author_platform": author.platform if author else None,
        "author_account": author.account if author else None,
        "author_name": author.name if author else None,
        "thread": changed.thread if changed else None,
        "occurred_at": changed.occurred_at if changed else None,
        "visibility": changed.visibility if changed else "public",
    }
