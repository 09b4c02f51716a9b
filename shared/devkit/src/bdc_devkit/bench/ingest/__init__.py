"""Files of CI results from a spool into the database, with their events, until each is in the archive.

`n` counts archived files, `objects` distinct rows, `failed` files that are not valid. The service runs, and the clock
does so from the moment that the first file appears until the last one is in its place. `reference_ratio` is the rate
over that of the sequence of the ingester that this one replaces, on the same files, database and machine in the same
run: standard JSON, the library's validation and upgrade, rows one by one, in as many processes.
"""

import asyncio
import os
import time
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from importlib.metadata import entry_points
from pathlib import Path
from shutil import copyfile
from typing import Any

from bdc_chassis.bus import connect
from bdc_chassis.bus.provision import provision
from bdc_chassis.service import Service, ServiceContext
from bdc_chassis.store import create_engine
from bdc_chassis.store.migrations import migrate_database
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from bdc_devkit.bench.context import BenchContext
from bdc_devkit.bench.ingest import reference
from bdc_devkit.bench.ingest.made import made_submissions
from bdc_devkit.bench.meter import Meter
from bdc_devkit.bench.result import BenchResult
from bdc_devkit.errors import StackError

KINDS = ("checkout", "build", "test", "issue", "incident")
MADE_FILES = 500
PATIENCE_SECONDS = 300.0
LOOK_SECONDS = 0.01


async def run(context: BenchContext) -> BenchResult:
    """Take the files in with the ingester's own workers against fresh servers, then as the reference does."""
    source = context.input or made_submissions(context.directory / "made", MADE_FILES)
    files = sorted(source.glob("*.json"))
    if not files:
        raise StackError(f"there are no *.json files in {source}: give a folder of submissions")
    service: Service = entry_points(group="bdc.services")["ingester"].load()
    settings: Any = context.settings(service.settings)
    await migrate_database(settings, service)
    engine = create_engine(settings, service.schema)
    try:
        async with _serving(service, settings, engine):
            staged = _stage(files, settings.spool_path.with_name("staged"))
            with Meter() as meter:
                await _take_in(staged, settings.spool_path)
        objects = await _objects(engine)
    finally:
        await engine.dispose()
    archived, failed = _count(settings.spool_path / "archive"), len(_failed(settings.spool_path))
    theirs = await reference.measure(files, settings, context.directory / "reference", workers=settings.worker_count)
    extra = {
        "objects": objects,
        "failed": failed,
        "objects_per_second": round(objects / meter.seconds, 1),
        "reference_per_second": round(theirs.files_per_second, 1),
        "reference_objects_per_second": round(theirs.objects_per_second, 1),
        "reference_ratio": round(archived / meter.seconds / theirs.files_per_second, 2),
        "reference_objects_ratio": round(objects / meter.seconds / theirs.objects_per_second, 2),
    }
    return meter.result("ingest", archived, **extra)


@asynccontextmanager
async def _serving(service: Service, settings: Any, engine: AsyncEngine) -> AsyncIterator[None]:
    """Run the service's background tasks, with a worker that has shown that it is there."""
    async with await connect(settings, name="bench-ingest") as bus:
        await provision(bus.js)
        context = ServiceContext(settings, bus, engine)
        tasks = [asyncio.ensure_future(task(context)) for task in service.background]
        try:
            await _until(lambda: _workers(settings.spool_path) >= settings.worker_count)
            yield
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.wait(tasks)


def _stage(files: Sequence[Path], folder: Path) -> list[Path]:
    """Copy files to where the spool is, down to the disk, as senders do before they rename them."""
    folder.mkdir()
    staged = [Path(copyfile(file, folder / file.name)) for file in files]
    os.sync()
    return staged


async def _take_in(files: Sequence[Path], spool: Path) -> None:
    """Move files into the spool, and wait until each is in its place."""
    for file in files:
        file.rename(spool / file.name)
    await _until(lambda: _count(spool / "archive") + len(_failed(spool)) >= len(files))


async def _until(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not condition():
        if time.monotonic() > deadline:
            raise StackError("the files were not taken in within five minutes: see the log")
        await asyncio.sleep(LOOK_SECONDS)


def _count(folder: Path) -> int:
    with os.scandir(folder) as entries:
        return sum(1 for _ in entries)


def _failed(spool: Path) -> list[str]:
    return [path.name for path in (spool / "failed").iterdir() if not path.name.endswith(".reason.json")]


def _workers(spool: Path) -> int:
    claims = spool / ".claims"
    return sum(path.is_dir() for path in claims.iterdir()) if claims.is_dir() else 0


async def _objects(engine: AsyncEngine) -> int:
    async with engine.connect() as tx:
        counts = [await tx.scalar(text(f"SELECT count(*) FROM {kind}")) for kind in KINDS]
    return sum(map(int, counts))
