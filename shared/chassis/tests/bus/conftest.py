"""What the tests of the bus share: a ledger to project into, projections that run for a while, a server to kill."""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from bdc_chassis.bus import Bus, Projection, Publisher, Received, ensure_consumers, run_projections
from bdc_chassis.bus.dead_letters import Letter, list_letters
from bdc_chassis.bus.stats import ConsumerStats
from bdc_chassis.settings import ChassisSettings
from bdc_chassis.store import create_engine
from bdc_contracts import Event, PersonSeen
from bdc_contracts.streams import FACTS
from bdc_devkit.embedded import NatsServer
from nats.js import api
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

SERVICE = "ledger"
DURABLE = "ledger-store"


def person(account: str, **fields: Any) -> PersonSeen:
    """An account seen on GitHub."""
    return PersonSeen(**{"domain": "github", "platform": "git", "account": account, "context": "test", **fields})


async def eventually(holds: Callable[[], Any], *, seconds: float = 30.0) -> None:
    """Wait until a condition (a function or coroutine function) holds."""
    async with asyncio.timeout(seconds):
        while True:
            result = holds()
            if await result if asyncio.iscoroutine(result) else result:
                return
            await asyncio.sleep(0.01)


class Ledger:
    """A projection's store: one row per account, with how often its event was handled."""

    def __init__(self, engine: AsyncEngine) -> None:
        self.engine = engine
        self.batches: list[list[str]] = []

    async def create(self) -> None:
        async with self.engine.begin() as tx:
            await tx.execute(text("create table ledger (account text primary key, sequence bigint, times int)"))

    async def store(self, tx: AsyncConnection, batch: Sequence[Received[Any]]) -> Sequence[Event]:
        """Upsert a batch; what every handler in these tests does first."""
        self.batches.append([received.event.account for received in batch])
        upsert = text(
            "insert into ledger values (:account, :sequence, 1) on conflict (account)"
            " do update set times = ledger.times + 1, sequence = excluded.sequence"
        )
        await tx.execute(upsert, [{"account": each.event.account, "sequence": each.sequence} for each in batch])
        return ()

    async def rows(self) -> dict[str, int]:
        """How often each account was stored."""
        async with self.engine.connect() as tx:
            return dict((await tx.execute(text("select account, times from ledger"))).all())

    async def holds(self, count: int) -> bool:
        return len(await self.rows()) >= count


@pytest.fixture
def settings(nats_url: str, database_url: str) -> ChassisSettings:
    return ChassisSettings(nats_url=nats_url, database_url=database_url, max_deliver=3, drain_seconds=5)


@pytest_asyncio.fixture
async def ledger(settings: ChassisSettings) -> AsyncIterator[Ledger]:
    engine = create_engine(settings, "public")
    ledger = Ledger(engine)
    await ledger.create()
    yield ledger
    await engine.dispose()


class Stage:
    """A bus, a ledger and what tests do with them."""

    def __init__(self, bus: Bus, ledger: Ledger, settings: ChassisSettings) -> None:
        self.bus = bus
        self.ledger = ledger
        self.settings = settings

    async def publish(self, *accounts: str, bus: Bus | None = None) -> None:
        """Publish that these accounts were seen."""
        async with Publisher(bus or self.bus) as publisher:
            for account in accounts:
                await publisher.publish(person(account))

    async def consumer(self, bus: Bus | None = None) -> api.ConsumerInfo:
        """What the server says of the durable."""
        return await (bus or self.bus).js.consumer_info(FACTS.name, DURABLE)

    async def settled(self, bus: Bus | None = None) -> bool:
        """Whether nothing waits for the durable, and nothing is in work."""
        info = await self.consumer(bus)
        return not info.num_pending and not info.num_ack_pending

    async def ack_wait(self, seconds: float) -> None:
        """Have unacknowledged messages come again after so long."""
        info = await self.consumer()
        await self.bus.js.add_consumer(FACTS.name, info.config.evolve(ack_wait=seconds))

    async def letters(self) -> list[Letter]:
        return await list_letters(self.bus)

    @asynccontextmanager
    async def projecting(self, handle: Any = None, **options: Any) -> AsyncIterator[ConsumerStats]:
        """Run a projection for the length of the block; its durable is created first."""
        projection = self.projection(handle, **options)
        await ensure_consumers(self.bus.js, SERVICE, [projection])
        async with self.running(projection) as stats:
            yield stats

    def projection(self, handle: Any = None, **options: Any) -> Projection:
        return Projection(DURABLE, (PersonSeen,), handle or self.ledger.store, **options)

    @asynccontextmanager
    async def running(self, projection: Projection, bus: Bus | None = None) -> AsyncIterator[ConsumerStats]:
        """Run a projection whose durable is somebody else's affair."""
        stop, bus = asyncio.Event(), bus or self.bus
        engine, settings = self.ledger.engine, self.settings
        running = run_projections(bus, engine, [projection], settings=settings, stop=stop, service=SERVICE)
        task = asyncio.create_task(running)
        await eventually(lambda: projection.durable in bus.consumers)
        try:
            yield bus.consumers[projection.durable]
        finally:
            stop.set()
            await task


@pytest.fixture
def stage(bus: Bus, ledger: Ledger, settings: ChassisSettings) -> Stage:
    return Stage(bus, ledger, settings)


@pytest.fixture(name="eventually")
def eventually_() -> Callable[..., Any]:
    return eventually


@pytest.fixture(name="person")
def person_() -> Callable[..., PersonSeen]:
    return person


@pytest.fixture
def server(tmp_path: Path) -> Iterator[NatsServer]:
    """A server that the test may kill and start again; its data stays."""
    server = NatsServer(tmp_path / "nats")
    server.start()
    yield server
    server.process.kill()
