"""A spool with 100,000 files in one directory when the ingester starts, and others that arrive meanwhile.

`n` counts the files of the backlog that were in the archive when the last arrival was; `first_seconds` is from the
start of the process to the first of them, `arrival_p50_ms` and `arrival_p95_ms` are what an arrival waits,
`tree_peak_mib` is the memory of the service with all its workers. `BDC_BENCH_FILES` changes the number of files.
"""

import asyncio
import json
import os
import subprocess
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from statistics import quantiles

from bdc_chassis.bus import connect
from bdc_chassis.bus.provision import provision
from bdc_chassis.settings import ChassisSettings

from bdc_devkit.bench.context import BenchContext
from bdc_devkit.bench.meter import Meter
from bdc_devkit.bench.result import BenchResult
from bdc_devkit.bench.tree import TreeMemory
from bdc_devkit.errors import StackError
from bdc_devkit.stack.service_command import service_command

FILES_VARIABLE = "BDC_BENCH_FILES"
FILES = 100_000
ARRIVALS = 200
EVERY_SECONDS = 0.2
LOOK_SECONDS = 0.01
PATIENCE_SECONDS = 120.0


async def run(context: BenchContext) -> BenchResult:
    """Start the service on a full spool and let files arrive."""
    spool = context.directory / "spool"
    spool.mkdir()
    for number in range(int(os.environ.get(FILES_VARIABLE, FILES))):
        _write(spool / f"submission-{number:032}.json", number)
    os.sync()  # a backlog is on the disk already: the service's first sync must not wait for ours
    environment = await _prepared(context)
    command = [*service_command("ingester"), "serve", "--spool-dir", str(spool)]
    began = time.perf_counter()
    with subprocess.Popen(command, env=environment) as process:  # noqa: ASYNC220, S603  (our own command)
        try:
            async with TreeMemory(process.pid) as memory:
                with Meter(process.pid) as meter:
                    await _until(lambda: _count(spool / "archive") > 0)
                    first = time.perf_counter() - began
                    waits = await _arrivals(spool)
                    archived = _count(spool / "archive") - ARRIVALS
        finally:
            process.terminate()
    hundredths = quantiles(waits, n=100)
    return meter.result(
        "backlog",
        archived,
        first_seconds=round(first, 3),
        arrivals=len(waits),
        arrival_p50_ms=round(hundredths[49] * 1000, 1),
        arrival_p95_ms=round(hundredths[94] * 1000, 1),
        tree_peak_mib=round(memory.peak_mib, 1),
    )


async def _prepared(context: BenchContext) -> Mapping[str, str]:
    """Provision the servers and return the environment of the service."""
    settings = context.settings(ChassisSettings)
    async with await connect(settings, name="bench-backlog") as bus:
        await provision(bus.js)
    environment = {
        **os.environ,
        "BDC_NATS_URL": settings.nats_url,
        "BDC_DATABASE_URL": settings.database_url,
        "BDC_DATA_DIR": str(context.directory / "data"),
        "BDC_LOG_LEVEL": "WARNING",
    }
    subprocess.run([*service_command("ingester"), "migrate"], env=environment, check=True)  # noqa: ASYNC221, S603
    return environment


async def _arrivals(spool: Path) -> list[float]:
    """Put files into the spool, one after the other, and return what each waited until it was in the archive."""
    waits: list[float] = []
    waiting: dict[str, float] = {}
    due, number = time.perf_counter(), 0
    deadline = due + ARRIVALS * EVERY_SECONDS + PATIENCE_SECONDS
    while number < ARRIVALS or waiting:
        now = time.perf_counter()
        if now > deadline:
            raise StackError(f"{len(waiting)} arrivals are still waiting: the ingester does not keep up")
        if number < ARRIVALS and now >= due:
            name = f"submission-arrival-{number:024}.json"
            _write(spool / f"{name}.temp", 10**9 + number).rename(spool / name)
            waiting[name] = time.perf_counter()
            due, number = due + EVERY_SECONDS, number + 1
        done = [name for name in waiting if (spool / "archive" / name).exists()]
        waits += [time.perf_counter() - waiting.pop(name) for name in done]
        await asyncio.sleep(LOOK_SECONDS)
    return waits


def _write(path: Path, number: int) -> Path:
    test = {"id": f"bench:{number}", "build_id": "bench:b", "origin": "bench", "path": "boot", "status": "PASS"}
    path.write_text(json.dumps({"version": {"major": 5, "minor": 3}, "tests": [test]}), "utf-8")
    return path


def _count(folder: Path) -> int:
    if not folder.is_dir():
        return 0
    with os.scandir(folder) as entries:
        return sum(1 for _ in entries)


async def _until(condition: Callable[[], bool]) -> None:
    deadline = time.perf_counter() + PATIENCE_SECONDS
    while not condition():
        if time.perf_counter() > deadline:
            raise StackError("the ingester has taken in no file within two minutes: see its log")
        await asyncio.sleep(LOOK_SECONDS)
