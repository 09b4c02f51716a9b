"""Document and identity events into the store."""

import asyncio
from collections.abc import AsyncIterator, Iterable, Sequence
from dataclasses import replace
from typing import Any, Final

from bdc_chassis.bus import Projection, Received
from bdc_chassis.forgetting import ForgottenPeople, Redactor
from bdc_chassis.store.text import storable
from bdc_contracts import DocumentChanged, DocumentRemoved, Event, IdentityChanged
from sqlalchemy.ext.asyncio import AsyncConnection

from bdc_indexer import store
from bdc_indexer.embedding import Embedder
from bdc_indexer.forgetting import forgetting_projection, without
from bdc_indexer.prepared import PreparedChunk, Source, labels_of, prepare
from bdc_indexer.revision import Revision, newest

DOCUMENTS_AT_ONCE: Final = 100  # prepared in a thread while PostgreSQL stores the ones before


class DocumentProjector:
    """Keeps each document's chunks those of its newest revision."""

    def __init__(self, embedder: Embedder) -> None:
        self._embedder = embedder
        self._forgotten = ForgottenPeople()

    async def handle(self, tx: AsyncConnection, batch: Sequence[Received[Any]]) -> Iterable[Event]:
        """Bring ledger and chunks to the newest revisions in `batch`; a known content is not embedded again."""
        if redactor := await self._forgotten.redactor(tx):
            batch = [_without(each, redactor) for each in batch if not redactor.names(each.event.document_id)]
        revisions = newest(batch, self._embedder.name)
        pending = await store.record_revisions(tx, revisions)
        if pending:
            await store.drop_chunks(tx, pending)
            await self._add(tx, _sources(pending, revisions))
            await store.settle(tx, pending)
        await store.label_chunks(tx, revisions.keys() - {each.document_id for each in pending})
        return ()

    async def _add(self, tx: AsyncConnection, sources: Sequence[Source]) -> None:
        async for chunks in self._prepared(sources):
            await store.add_chunks(tx, chunks)

    async def _prepared(self, sources: Sequence[Source]) -> AsyncIterator[list[PreparedChunk]]:
        """Yield the chunks of `sources` in parts; while one is stored the next is prepared in a thread."""
        ahead: asyncio.Task[list[PreparedChunk]] | None = None
        try:
            for start in range(0, len(sources), DOCUMENTS_AT_ONCE):
                part = sources[start : start + DOCUMENTS_AT_ONCE]
                done, ahead = ahead, asyncio.create_task(asyncio.to_thread(prepare, part, self._embedder))
                if done is not None:
                    yield await done
            if ahead is not None:
                yield await ahead
        finally:
            if ahead is not None:
                ahead.cancel()


class IdentityProjector:
    """Notes whose accounts are whose."""

    def __init__(self) -> None:
        self._forgotten = ForgottenPeople()

    async def handle(self, tx: AsyncConnection, batch: Sequence[Received[Any]]) -> Iterable[Event]:
        """Note the newest memberships of a batch, but nothing about who was forgotten."""
        redactor = await self._forgotten.redactor(tx)
        events = [received.event for received in batch]
        if redactor is not None:
            events = [event for event in events if not redactor.holds_account(event.platform, event.account)]
        await store.record_identities(tx, events)
        return ()


def _without(received: Received[Any], redactor: Redactor) -> Received[Any]:
    if not isinstance(received.event, DocumentChanged):
        return received
    return replace(received, event=without(received.event, redactor))


def projections(embedder: Embedder) -> tuple[Projection, ...]:
    """Return the durable consumers of the indexer."""
    return (
        Projection("indexer-documents", (DocumentChanged, DocumentRemoved), DocumentProjector(embedder).handle),
        Projection("indexer-people", (IdentityChanged,), IdentityProjector().handle),
        forgetting_projection(embedder),
    )


def _sources(pending: Iterable[store.Pending], revisions: dict[str, Revision]) -> list[Source]:
    changed = ((each.row, revisions[each.document_id].event) for each in pending)
    return [
        Source(row, storable(event.title), storable(event.text), labels_of(event))
        for row, event in changed
        if isinstance(event, DocumentChanged)
    ]
