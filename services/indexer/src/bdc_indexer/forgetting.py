"""What the index does when somebody is to be forgotten: documents stay, without them, and are cut and embedded anew."""

import asyncio
from collections.abc import Sequence
from typing import Final

from bdc_chassis.bus import Projection
from bdc_chassis.forgetting import Erased, Redactor, forgetting
from bdc_contracts import DocumentChanged, PersonRef
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from bdc_indexer import store
from bdc_indexer.embedding import Embedder
from bdc_indexer.held import addressed_texts, authors, held_documents, rows_by_author
from bdc_indexer.prepared import Source, labels_of, prepare
from bdc_indexer.revision import author_key

DOCUMENTS_AT_ONCE: Final = 200

_FORGET_ACCOUNTS: Final = text("DELETE FROM account WHERE author = ANY(CAST(:authors AS text[]))")
_ACCOUNTS: Final = text("SELECT author FROM account")
# A thread can be named by an address that a reply gave as an id; its service tells it under another name.
_NAMED: Final = text("SELECT id, document_id FROM document WHERE document_id LIKE '%@%'")
_DROP: Final = text("DELETE FROM document WHERE id = ANY(CAST(:rows AS bigint[]))")
_REVISE: Final = text("""
    UPDATE document SET title = :title, author = :author, author_platform = :platform, author_account = :account,
        author_name = :name, url = :url
    WHERE id = :row
""")


def forgetting_projection(embedder: Embedder) -> Projection:
    """Return the durable consumer that forgets people; the index has no facts of its own on the bus."""
    return forgetting("indexer", Eraser(embedder), facts=("bdc.v1.indexer.>",))


class Eraser:
    """Takes forgotten people out of documents, chunks and accounts."""

    def __init__(self, embedder: Embedder) -> None:
        self._embedder = embedder

    async def __call__(self, tx: AsyncConnection, redactor: Redactor) -> Erased:
        """Erase forgotten people; documents of theirs stay, by nobody."""
        gone = [key for key in (await tx.execute(_ACCOUNTS)).scalars() if _is_theirs(key, redactor)]
        await tx.execute(_FORGET_ACCOUNTS, {"authors": gone})
        named = [row.id for row in await tx.execute(_NAMED) if redactor.text(row.document_id) != row.document_id]
        await tx.execute(_DROP, {"rows": named})
        rows = await self._concerned(tx, redactor)
        for start in range(0, len(rows), DOCUMENTS_AT_ONCE):
            await self._revise(tx, rows[start : start + DOCUMENTS_AT_ONCE], redactor)
        return Erased({"accounts": len(gone), "documents": len(rows) + len(named)})

    async def _concerned(self, tx: AsyncConnection, redactor: Redactor) -> list[int]:
        """Return the rows of the documents that they wrote, and of those that name them."""
        theirs = [each for each in await authors(tx) if redactor.holds_account(each.platform, each.account)]
        rows = set(await rows_by_author(tx, [key for each in theirs if (key := author_key(each))]))
        async for row, said in addressed_texts(tx):
            if redactor.text(said) != said:
                rows.add(row)
        return sorted(rows)

    async def _revise(self, tx: AsyncConnection, rows: Sequence[int], redactor: Redactor) -> None:
        revised = [(row, without(document, redactor)) for row, document in await held_documents(tx, rows)]
        await tx.execute(_REVISE, [_ledger(row, document) for row, document in revised])
        pending = [store.Pending(row, document.document_id) for row, document in revised]
        await store.drop_chunks(tx, pending)
        sources = [Source(row, document.title, document.text, labels_of(document)) for row, document in revised]
        await store.add_chunks(tx, await asyncio.to_thread(prepare, sources, self._embedder))
        await store.settle(tx, pending)


def without(document: DocumentChanged, redactor: Redactor) -> DocumentChanged:
    """Return a document that does not name forgotten people; one of theirs is by nobody."""
    author: PersonRef | None = document.author
    if author is not None and redactor.holds_account(author.platform, author.account):
        document = document.model_copy(update={"author": None})
    return redactor.event(document)


def _is_theirs(key: str, redactor: Redactor) -> bool:
    platform, _, account = key.partition(":")
    return redactor.holds_account(platform, account)


def _ledger(row: int, document: DocumentChanged) -> dict[str, object]:
    author = document.author
    return {
        "row": row,
        "title": document.title,
        "url": document.url,
        "author": author_key(author),
        "platform": author.platform if author else None,
        "account": author.account if author else None,
        "name": author.name if author else None,
    }
