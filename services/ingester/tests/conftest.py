"""Submissions to test with: made here, and the real ones where they are present."""

import asyncio
import tarfile
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from bdc_chassis.bus import Bus
from bdc_chassis.service import ServiceContext
from bdc_ingester.service import SERVICE
from bdc_ingester.settings import IngesterSettings
from bdc_ingester.spool import Spool
from bdc_ingester.supervisor import ingest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

REAL_SUBMISSIONS = Path(__file__).parents[3].parent / "shared" / "data" / "kcidb" / "submissions.tar.gz"


@pytest.fixture(scope="session")
def real_submissions() -> dict[str, bytes]:
    """Return the bytes of every real submission by the name of its file."""
    if not REAL_SUBMISSIONS.is_file():
        pytest.skip("the real submissions ../shared/data/kcidb/submissions.tar.gz are not here")
    with tarfile.open(REAL_SUBMISSIONS) as archive:
        files = [member for member in archive if member.isfile()]
        return {member.name: archive.extractfile(member).read() for member in files}


@pytest.fixture
def settings(make_settings: Callable[..., IngesterSettings]) -> IngesterSettings:
    return make_settings(IngesterSettings, ingester_max_workers=2, ingester_interval=0.5)


@pytest.fixture
def spool(settings: IngesterSettings) -> Spool:
    spool = Spool(settings.spool_path)
    spool.create()
    return spool


@pytest.fixture
async def engine(service_database: Callable[..., Awaitable[AsyncEngine]]) -> AsyncEngine:
    return await service_database(SERVICE)


@pytest.fixture
def ingesting(bus: Bus, engine: AsyncEngine, settings: IngesterSettings) -> Callable[..., Any]:
    """Call it for a block in which the service takes in files."""

    @asynccontextmanager
    async def run(**changes: Any) -> AsyncIterator[None]:
        changed = settings.model_copy(update=changes)
        task = asyncio.create_task(ingest(ServiceContext(changed, bus, engine)))
        try:
            yield
            assert not task.done(), task.exception()
        finally:
            task.cancel()
            await asyncio.wait([task])

    return run


@pytest.fixture
def query(engine: AsyncEngine) -> Callable[..., Awaitable[Any]]:
    async def run(statement: str, **values: Any) -> list[Any]:
        async with engine.connect() as tx:
            return [tuple(row) for row in await tx.execute(text(statement), values)]

    return run
