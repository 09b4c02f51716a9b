"""An index filled through the indexer's own projection, and the indexer that serves it."""

import asyncio
import os
import sys
import time
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager
from importlib.metadata import entry_points
from itertools import islice
from pathlib import Path
from typing import Any

import asyncpg
from bdc_chassis.bus import Received, connect, ensure_consumers
from bdc_chassis.bus.provision import provision
from bdc_chassis.service import Service
from bdc_chassis.store import create_engine
from bdc_chassis.store.migrations import migrate_database
from bdc_contracts import DocumentChanged, Event, IdentityChanged

from bdc_devkit.bench.context import BenchContext
from bdc_devkit.bench.search.corpus import EPOCH, person
from bdc_devkit.errors import StackError
from bdc_devkit.stack.health import service_health

NAME = "indexer"
BATCH = 1000
START_SECONDS = 60.0
POLL_SECONDS = 0.05

INDEXES = """
SELECT indexname, indexdef FROM pg_indexes
WHERE schemaname = 'indexer' AND tablename = 'chunk' AND indexname <> 'chunk_pkey'
"""


class BenchIndex:
    """The indexer's schema in a benchmark's database, and ways to fill and serve it."""

    def __init__(self, context: BenchContext) -> None:
        self.service: Service = entry_points(group="bdc.services")[NAME].load()
        self.settings: Any = context.settings(self.service.settings)
        self._directory = context.directory
        self._sequence = 0

    async def prepare(self) -> None:
        """Create schema, streams and consumers."""
        await migrate_database(self.settings, self.service)
        async with await connect(self.settings, name="bench-search") as bus:
            await provision(bus.js)
            await ensure_consumers(bus.js, NAME, self._projections())

    async def handle(self, events: Iterator[Event], kind: type[Event]) -> float:
        """Bring events into the index, batch by batch as from the bus; return how many a second."""
        projection = next(each for each in self._projections() if kind in each.events)
        engine = create_engine(self.settings, NAME)
        began, before = time.perf_counter(), self._sequence
        seconds_making = 0.0
        try:
            while batch := self._batch(events):
                seconds_making += batch[1]
                async with engine.begin() as tx:
                    await projection.handle(tx, batch[0])
        finally:
            await engine.dispose()
        return (self._sequence - before) / (time.perf_counter() - began - seconds_making)

    async def fill_in_bulk(self, documents: Iterator[DocumentChanged]) -> None:
        """Bring documents into the index without its search indexes, then build these and gather statistics."""
        connection = await asyncpg.connect(self.settings.database_url)
        try:
            indexes = await connection.fetch(INDEXES)
            for index in indexes:
                await connection.execute(f'DROP INDEX indexer."{index["indexname"]}"')
            await self.handle(documents, DocumentChanged)
            await connection.execute("SET search_path = indexer, public")
            for index in indexes:
                await connection.execute(index["indexdef"], timeout=600)
            await connection.execute("VACUUM ANALYZE indexer.chunk, indexer.document, indexer.account", timeout=600)
        finally:
            await connection.close()

    async def count(self) -> int:
        """Return the number of chunks."""
        connection = await asyncpg.connect(self.settings.database_url)
        try:
            return int(await connection.fetchval("SELECT count(*) FROM indexer.chunk"))
        finally:
            await connection.close()

    @asynccontextmanager
    async def served(self) -> AsyncIterator[tuple[int, int]]:
        """Run the service's own `serve` in a process; yield its process id and port once it is ready."""
        port_file = self._directory / "indexer.port"
        with (self._directory / "indexer.log").open("wb") as log:
            process = await asyncio.create_subprocess_exec(
                *(str(Path(sys.executable).with_name("bdc-indexer")), "serve"),
                stdout=log,
                stderr=log,
                env=os.environ | self._environment(port_file),
            )
        try:
            yield process.pid, await _ready_port(process, port_file)
        finally:
            if process.returncode is None:
                process.terminate()
            await process.wait()

    def _environment(self, port_file: Path) -> dict[str, str]:
        settings = self.settings
        values = {"NATS_URL": settings.nats_url, "DATABASE_URL": settings.database_url, "DATA_DIR": settings.data_dir}
        return {f"BDC_{name}": str(value) for name, value in values.items()} | {"BDC_PORT_FILE": str(port_file)}

    def _projections(self) -> Sequence[Any]:
        if self.service.projections is None:
            raise StackError("the indexer has no projections: this checkout is older than the benchmark")
        return self.service.projections(self.settings)

    def _batch(self, events: Iterator[Event]) -> tuple[list[Received[Event]], float] | None:
        """Return the next batch and the seconds that making it took, which are not the indexer's."""
        began = time.perf_counter()
        batch = []
        for event in islice(events, BATCH):
            self._sequence += 1
            batch.append(Received(event, self._sequence, event.event_id(), None, event.event_subject(), 1))
        return (batch, time.perf_counter() - began) if batch else None


def identities(count: int) -> Iterator[IdentityChanged]:
    """Yield what identity would say of the corpus' people."""
    for number in range(count):
        ref = person(number)
        yield IdentityChanged(
            platform=ref.platform,
            account=ref.account,
            person_id=f"person-{number}",
            person_name=ref.name,
            reason="bench",
            revision=1,
            changed_at=EPOCH,
        )


async def _ready_port(process: asyncio.subprocess.Process, port_file: Path) -> int:
    deadline = time.perf_counter() + START_SECONDS
    while time.perf_counter() < deadline and process.returncode is None:
        if (port := await asyncio.to_thread(_port_if_ready, port_file)) is not None:
            return port
        await asyncio.sleep(POLL_SECONDS)
    raise StackError(f"`bdc-indexer serve` did not get ready: see its log in {port_file.parent}")


def _port_if_ready(port_file: Path) -> int | None:
    text = port_file.read_text().strip() if port_file.exists() else ""
    return int(text) if text and service_health(f"http://127.0.0.1:{text}").ready else None
