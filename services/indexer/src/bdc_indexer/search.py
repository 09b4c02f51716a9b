"""Searches: a query parsed and embedded, one statement, and snippets of what it found."""

import asyncio
import logging
from collections import OrderedDict
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

import asyncpg
from bdc_chassis.store.engine import connect_as, libpq_url

from bdc_indexer.embedding import Embedder
from bdc_indexer.filters import Filters
from bdc_indexer.frequencies import Frequencies
from bdc_indexer.listing import listing
from bdc_indexer.parameters import take_parameters, to_halfvec
from bdc_indexer.query import Query, parse_query
from bdc_indexer.retrieval import SESSION, Search, Statement
from bdc_indexer.settings import IndexerSettings
from bdc_indexer.snippet import Span, snippet

REFRESH_SECONDS: Final = 60.0
REMEMBERED_VECTORS: Final = 2048
IDLE_SECONDS: Final = 300.0

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Author:
    """The account that wrote a document, and the person it belongs to where identity has said so."""

    platform: str
    account: str
    name: str | None
    person_id: str | None
    person_name: str | None


@dataclass(frozen=True, slots=True)
class Hit:
    """A document that was found, and the part of its best chunk that shows why; `highlights` are offsets into it."""

    document_id: str
    source: str
    kind: str | None
    container: str | None
    title: str
    snippet: str
    highlights: tuple[Span, ...]
    author: Author | None
    occurred_at: datetime | None
    url: str | None
    score: float


class Searcher:
    """Answers searches over a small pool of its own, with settings that only searches want."""

    def __init__(self, settings: IndexerSettings, embedder: Embedder) -> None:
        self._settings = settings
        self._embedder = embedder
        self._frequencies = Frequencies()
        self._vectors: OrderedDict[str, bytes] = OrderedDict()
        self._pool: asyncpg.Pool[Any] | None = None
        self._opening = asyncio.Lock()

    async def search(self, text: str, filters: Filters, limit: int) -> list[Hit]:
        """Return up to `limit` documents, best first; `text` may hold "phrases", -exclusions and OR.

        Without any text they come newest first.
        """
        query = parse_query(text, self._frequencies)
        statement = await self._statement(query, filters, limit)
        if statement is None:
            return []
        pool = await self.pool()
        return [_hit(row, query) for row in await pool.fetch(statement.sql, *statement.arguments)]

    async def _statement(self, query: Query, filters: Filters, limit: int) -> Statement | None:
        visible = self._settings.search_visibility
        if not query.text:
            return listing(filters, limit, visible)
        vector = await self._vector(query.text) if query.lexemes or not query.excluded else None
        return Search(query, vector, filters, limit, visible, self._frequencies).statement()

    async def pool(self) -> "asyncpg.Pool[Any]":
        """Return the pool, opened by whoever comes first."""
        async with self._opening:
            if self._pool is None:
                self._pool = await asyncpg.create_pool(
                    connect=self._connect,
                    min_size=0,
                    max_size=self._settings.search_connections,
                    max_inactive_connection_lifetime=IDLE_SECONDS,
                    reset=_keep_session,
                )
        return self._pool

    async def run(self) -> None:
        """Load the model, keep the frequencies fresh, and close the pool in the end; returns only when cancelled."""
        try:
            await asyncio.to_thread(self._embedder.embed, [""])
            while True:
                await self._refresh()
                await asyncio.sleep(REFRESH_SECONDS)
        finally:
            await self.close()

    async def close(self) -> None:
        """Close the pool's connections."""
        if self._pool is not None:
            await self._pool.close()

    async def _refresh(self) -> None:
        try:
            await self._frequencies.refresh(await self.pool())
        except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError) as error:
            log.warning(
                "frequencies are not refreshed", extra={"reason": repr(error)}
            )  # the last known ones go on serving

    async def _connect(self, *_: Any, **__: Any) -> "asyncpg.Connection[Any]":
        connection = await connect_as(libpq_url(self._settings.database_url), "indexer")
        await connection.execute(";".join(f"SET {name} = '{value}'" for name, value in SESSION.items()))
        await take_parameters(connection)
        return connection

    async def _vector(self, text: str) -> bytes:
        """Return the text's embedding as PostgreSQL takes it."""
        if (known := self._vectors.get(text)) is not None:
            self._vectors.move_to_end(text)
            return known
        embed = self._embedder.embed
        (row,) = embed([text]) if self._embedder.instant else await asyncio.to_thread(embed, [text])
        vector = to_halfvec(row)
        self._vectors[text] = vector
        if len(self._vectors) > REMEMBERED_VECTORS:
            self._vectors.popitem(last=False)
        return vector


async def _keep_session(_: "asyncpg.Connection[Any]") -> None:
    """Do not reset a connection between searches, which only read: it would lose its session's settings."""


def _hit(row: "asyncpg.Record", query: Query) -> Hit:
    shown = snippet(row["text"] or row["title"], query.lexemes)
    author = None
    if row["author_account"] is not None:
        fields = ("author_platform", "author_account", "author_name", "person_id", "person_name")
        author = Author(*(row[field] for field in fields))
    return Hit(
        document_id=row["document_id"],
        source=row["source"],
        kind=row["kind"],
        container=row["container"],
        title=row["title"],
        snippet=shown.text,
        highlights=shown.highlights,
        author=author,
        occurred_at=row["occurred_at"],
        url=row["url"],
        score=round(float(row["score"]), 6),
    )
