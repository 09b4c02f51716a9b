"""An index on a database of its own, driven through the projector and read through the searcher."""

from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from typing import Any

import pytest_asyncio
from bdc_chassis.bus import Received
from bdc_chassis.service import Service
from bdc_contracts import Event, IdentityChanged
from bdc_indexer.embedding import LocalEmbedder
from bdc_indexer.filters import Filters
from bdc_indexer.projector import DocumentProjector, IdentityProjector
from bdc_indexer.search import Hit, Searcher
from bdc_indexer.service import SERVICE
from bdc_indexer.settings import IndexerSettings
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from .factories import received

EMBEDDER = LocalEmbedder()


class CountingEmbedder(LocalEmbedder):
    """The local one, which also tells how many texts it embedded."""

    def __init__(self) -> None:
        super().__init__()
        self.texts = 0

    def embed(self, texts):
        self.texts += len(texts)
        return EMBEDDER.embed(texts)


@dataclass
class Index:
    engine: AsyncEngine
    searcher: Searcher
    embedder: CountingEmbedder
    sequence: int = 0

    async def publish(self, *events: Event) -> None:
        """Deliver events in one batch, in this order."""
        await self.deliver(*(received(event, self.sequence + place) for place, event in enumerate(events, start=1)))
        self.sequence += len(events)

    async def deliver(self, *batch: Received[Any]) -> None:
        people = [each for each in batch if isinstance(each.event, IdentityChanged)]
        documents = [each for each in batch if not isinstance(each.event, IdentityChanged)]
        async with self.engine.begin() as tx:
            if documents:
                await DocumentProjector(self.embedder).handle(tx, documents)
            if people:
                await IdentityProjector().handle(tx, people)

    async def rows(self, sql: str) -> list[tuple[Any, ...]]:
        async with self.engine.begin() as tx:
            return [tuple(row) for row in await tx.execute(text(sql))]

    async def chunks(self, document_id: str = "github:commit:asio:1") -> list[str]:
        sql = "SELECT document_id, c.text FROM chunk c JOIN document d ON d.id = document ORDER BY number"
        return [chunk for owner, chunk in await self.rows(sql) if owner == document_id]

    async def find(self, query: str, limit: int = 10, **filters: Any) -> list[Hit]:
        return await self.searcher.search(query, Filters(**filters), limit)

    async def found(self, query: str, **filters: Any) -> list[str]:
        return [hit.document_id for hit in await self.find(query, **filters)]


@pytest_asyncio.fixture
async def index(
    service_database: Callable[[Service], Awaitable[AsyncEngine]], test_database: Any
) -> AsyncIterator[Index]:
    engine = await service_database(SERVICE)
    searcher = Searcher(IndexerSettings(database_url=test_database.url), EMBEDDER)
    yield Index(engine, searcher, CountingEmbedder())
    await searcher.close()
