"""People seen, from the bus to who is who in the store: the identity service's `serve` process against fresh servers.

`n` made sightings (`--count`), all of newcomers, are on the bus before the service starts; the clock runs from its
first batch to the moment at which it has settled and announced all of them. Then everybody is seen once more in another
context (`known_per_second`), as most sightings of a running system are. Last, with the service stopped, newcomers are
handled one at a time against what is stored: `p50_ms` and `p95_ms` are from the handler's start to the end of its
commit.
"""

import asyncio
import time
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from importlib.metadata import entry_points
from statistics import quantiles

from bdc_chassis.bus import Bus, Projection, Publisher, Received, connect, ensure_consumers
from bdc_chassis.bus.provision import provision
from bdc_chassis.service import Service
from bdc_chassis.store import create_engine
from bdc_chassis.store.migrations import migrate_database
from bdc_contracts import PersonSeen, address_account
from sqlalchemy.ext.asyncio import AsyncEngine

from bdc_devkit.bench.context import BenchContext
from bdc_devkit.bench.identity.made import Seen, people
from bdc_devkit.bench.result import BenchResult
from bdc_devkit.bench.stored import behind
from bdc_devkit.bench.tree import TreeMemory
from bdc_devkit.embedded import Command, GuardedProcess
from bdc_devkit.errors import StackError
from bdc_devkit.stack.options import DATABASE_VARIABLE, NATS_VARIABLE
from bdc_devkit.stack.service_command import service_command

SIGHTINGS = 100_000
NEWCOMERS = 500
LOOK_SECONDS = 0.1
NOON = datetime(2024, 5, 1, 12, tzinfo=UTC)


async def run(context: BenchContext) -> BenchResult:
    """Settle the sightings, then single newcomers."""
    count = context.count or SIGHTINGS
    service: Service = entry_points(group="bdc.services")["identity"].load()
    settings = context.settings(service.settings)
    projections = service.projections(settings) if service.projections else ()
    await migrate_database(settings, service)
    made = list(people(count + NEWCOMERS))
    async with await connect(settings, name="bench-sightings") as bus:
        await provision(bus.js)
        await ensure_consumers(bus.js, service.name, projections)
        seconds, peak_mib = await _settled(context, bus, projections, made[:count], "github.com/x/y")
        again, _ = await _settled(context, bus, projections, made[:count], "github.com/x/z")
    engine = create_engine(settings, service.schema)
    try:
        handler = next(each for each in projections if PersonSeen in each.events)
        times = await _one_by_one(engine, handler, made[count:], count)
    finally:
        await engine.dispose()
    steps = quantiles(times, n=20)
    extra = {
        "known_per_second": round(count / again, 1),
        "p50_ms": round(steps[9], 2),
        "p95_ms": round(steps[18], 2),
        "newcomers": len(times),
    }
    return BenchResult("sightings", count, seconds, peak_mib, 0.0, extra)


def _sighting(seen: Seen, context: str) -> PersonSeen:
    return PersonSeen(
        domain="github",
        platform="git",
        account=address_account(seen.name, seen.email),
        context=context,
        name=seen.name,
        email=seen.email,
        first_seen=NOON,
        last_seen=NOON,
    )


async def _settled(
    context: BenchContext, bus: Bus, projections: Sequence[Projection], seen: Iterable[Seen], where: str
) -> tuple[float, float]:
    """Return how long the service takes for these sightings, by the rate after its first batch, and its memory."""
    async with Publisher(bus) as publisher:
        for each in seen:
            await publisher.publish(_sighting(each, where))
    waiting = await behind(bus, projections)
    serving = _served(context)
    try:
        async with TreeMemory(serving.pid) as memory:
            left = waiting
            while left == waiting:
                left = await _left(bus, projections, serving)
            began, first = time.perf_counter(), left
            while await _left(bus, projections, serving):
                pass
            seconds = time.perf_counter() - began
        return seconds * waiting / first, memory.peak_mib
    finally:
        await asyncio.to_thread(serving.stop)


async def _left(bus: Bus, projections: Sequence[Projection], serving: GuardedProcess) -> int:
    if serving.poll() is not None:
        raise StackError(f"identity serve ended: see {serving.command.log}")
    await asyncio.sleep(LOOK_SECONDS)
    return await behind(bus, projections)


def _served(context: BenchContext) -> GuardedProcess:
    env = {
        NATS_VARIABLE: context.nats_url,
        DATABASE_VARIABLE: context.database_url,
        "BDC_DATA_DIR": str(context.directory / "data"),
        "BDC_LOG_LEVEL": "WARNING",
    }
    arguments = service_command("identity", "serve")
    return GuardedProcess(Command(arguments=arguments, log=context.directory / "serve.log", env=env))


async def _one_by_one(engine: AsyncEngine, projection: Projection, seen: Iterable[Seen], after: int) -> list[float]:
    """Return the milliseconds that each newcomer took."""
    times: list[float] = []
    for sequence, each in enumerate(seen, after + 1):
        event = _sighting(each, "github.com/x/y")
        received = Received(event, sequence, event.event_id(), None, event.event_subject(), 1)
        began = time.perf_counter()
        async with engine.begin() as tx:
            await projection.handle(tx, [received])
        times.append((time.perf_counter() - began) * 1000)
    return times
