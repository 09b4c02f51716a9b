"""How long `bdc up` takes from the command to everything healthy, warm."""

import asyncio
import os
import signal
import sys
import time
from pathlib import Path
from statistics import median

from bdc_devkit.bench.context import BenchContext
from bdc_devkit.bench.result import BenchResult
from bdc_devkit.errors import StackError
from bdc_devkit.stack.record import StackRecord, read_record

ROUNDS = 3
START_SECONDS = 120.0
POLL_SECONDS = 0.02


async def run(context: BenchContext) -> BenchResult:
    """Start and stop the whole system: once cold, to create the data, and three times warm, whose median counts."""
    data_dir = context.directory / "stack"
    cold = await once(data_dir)
    warm = [await once(data_dir) for _ in range(ROUNDS)]
    extra = {"cold_seconds": round(cold, 3), "rounds": [round(seconds, 3) for seconds in warm]}
    return BenchResult("up", 1, median(warm), extra=extra)


async def once(data_dir: Path) -> float:
    """Return the seconds until the stack in `data_dir` says that everything is healthy, then stop it."""
    began = time.perf_counter()
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "bdc_devkit.cli", "up", "--port", "0", "--data-dir", str(data_dir)),
        stderr=asyncio.subprocess.DEVNULL,
        env={name: value for name, value in os.environ.items() if not name.startswith("BDC_")},
    )
    try:
        while not (await asyncio.to_thread(_ready, data_dir)):
            if process.returncode is not None or time.perf_counter() - began > START_SECONDS:
                raise StackError(f"`bdc up` did not get healthy: see the logs in {data_dir / 'log'}")
            await asyncio.sleep(POLL_SECONDS)
        return time.perf_counter() - began
    finally:
        if process.returncode is None:
            process.send_signal(signal.SIGTERM)
        await process.wait()


def _ready(data_dir: Path) -> bool:
    record: StackRecord | None = read_record(data_dir)
    return record is not None and record.ready
