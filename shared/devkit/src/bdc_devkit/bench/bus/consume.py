"""The consuming phase of the bus benchmark: the same projection, store and acknowledgements as a service's."""

import asyncio
from collections.abc import Sequence

import sqlalchemy as sa
from bdc_chassis.bus import Bus, Projection, Received, connect, ensure_consumers, run_projections
from bdc_chassis.settings import ChassisSettings
from bdc_chassis.store import copy_upsert, create_engine
from bdc_contracts import DocumentChanged, streams
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from bdc_devkit.bench.meter import Meter
from bdc_devkit.bench.result import BenchResult
from bdc_devkit.errors import StackError

DURABLE = "bench-store"
SETTLED_SECONDS = 120.0
POLL_SECONDS = 0.01

documents = sa.Table(
    "bench_documents",
    sa.MetaData(),
    sa.Column("document_id", sa.Text, primary_key=True),
    sa.Column("sequence", sa.BigInteger, nullable=False),
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("container", sa.Text, nullable=False),
    sa.Column("title", sa.Text, nullable=False),
    sa.Column("text", sa.Text, nullable=False),
    sa.Column("url", sa.Text),
    sa.Column("author", sa.Text),
    sa.Column("occurred_at", sa.DateTime(timezone=True)),
    sa.Column("revised_at", sa.DateTime(timezone=True), nullable=False),
)


async def store(tx: AsyncConnection, batch: Sequence[Received[DocumentChanged]]) -> tuple[()]:
    """Upsert a batch of documents, newer ones only."""
    rows = [
        (
            (event := received.event).document_id,
            received.sequence,
            event.kind,
            event.container,
            event.title,
            event.text,
            event.url,
            event.author.account if event.author else None,
            event.occurred_at,
            event.revised_at,
        )
        for received in batch
    ]
    newer = "(t.revised_at, t.sequence) < (excluded.revised_at, excluded.sequence)"
    await copy_upsert(tx, documents, rows, key=["document_id"], newer=newer, order=["revised_at", "sequence"])
    return ()


def consume(nats_url: str, database_url: str, count: int) -> BenchResult:
    """Consume the `count` events on the bus until every one is committed and its acknowledgement has arrived."""
    return asyncio.run(_consume(ChassisSettings(nats_url=nats_url, database_url=database_url), count))


async def _consume(settings: ChassisSettings, count: int) -> BenchResult:
    engine = create_engine(settings, "public")
    projection = Projection(DURABLE, (DocumentChanged,), store)
    async with await connect(settings, name="bench") as bus:
        async with engine.begin() as tx:
            await tx.run_sync(documents.metadata.create_all)
            await tx.execute(documents.delete())
        await ensure_consumers(bus.js, "bench", [projection])
        with Meter() as meter:
            await _run_until_settled(bus, engine, projection, settings, count)
        async with engine.begin() as tx:
            stored = (await tx.execute(sa.select(sa.func.count()).select_from(documents))).scalar_one()
        await bus.js.delete_consumer(streams.FACTS.name, DURABLE)
    await engine.dispose()
    if stored != count:
        raise StackError(f"of {count} events {stored} are in the table")
    return meter.result("consume", count)


async def _run_until_settled(
    bus: Bus, engine: AsyncEngine, projection: Projection, settings: ChassisSettings, count: int
) -> None:
    stop = asyncio.Event()
    running = asyncio.create_task(
        run_projections(bus, engine, [projection], settings=settings, stop=stop, service="bench")
    )
    try:
        async with asyncio.timeout(SETTLED_SECONDS):
            while not await _settled(bus, count):  # noqa: ASYNC110  (in the end it is the server that is asked)
                await asyncio.sleep(POLL_SECONDS)
    finally:
        stop.set()
        await running


async def _settled(bus: Bus, count: int) -> bool:
    """Tell whether all is acknowledged; the server is asked only once this process believes so."""
    stats = bus.consumers.get(DURABLE)
    if stats is None or stats.acked < count:
        return False
    info = await bus.js.consumer_info(streams.FACTS.name, DURABLE)
    return not info.num_pending and not info.num_ack_pending
