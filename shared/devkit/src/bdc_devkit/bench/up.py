"""How long `bdc up` takes from the command to everything healthy, warm."""

import asyncio
import sys
import time
from dataclasses import dataclass
from pathlib import Path

import psutil

from bdc_devkit.bench.context import BenchContext
from bdc_devkit.bench.result import BenchResult
from bdc_devkit.embedded import Command, GuardedProcess
from bdc_devkit.embedded.nats import last_line
from bdc_devkit.errors import StackError
from bdc_devkit.stack.options import DATABASE_VARIABLE, NATS_VARIABLE
from bdc_devkit.stack.record import StackRecord, read_record

ROUNDS = 3
START_SECONDS = 120.0
STOP_SECONDS = 40.0
POLL_SECONDS = 0.02
MIB = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Start:
    """One start: how long it took, and what all processes together had used when it was done."""

    seconds: float
    cpu_seconds: float
    mib: float


async def run(context: BenchContext) -> BenchResult:
    """Start and stop the whole system: once cold, to create the data, and three times warm, whose median counts."""
    data_dir = context.directory / "stack"
    cold = await start_once(data_dir)
    warm = sorted([await start_once(data_dir) for _ in range(ROUNDS)], key=lambda start: start.seconds)
    middle = warm[ROUNDS // 2]
    extra = {
        "cold_seconds": round(cold.seconds, 3),
        "warm_seconds": [round(start.seconds, 3) for start in warm],
    }
    return BenchResult("up", 1, middle.seconds, middle.mib, middle.cpu_seconds, extra)


async def start_once(data_dir: Path) -> Start:
    """Start the stack in `data_dir` until it says that everything is healthy, then stop it."""
    arguments = [sys.executable, "-m", "bdc_devkit.cli", "up", "--port", "0", "--data-dir", str(data_dir)]
    embedded = {NATS_VARIABLE: "", DATABASE_VARIABLE: ""}
    log = data_dir.parent / "up.log"
    began = time.perf_counter()
    process = GuardedProcess(Command(arguments=arguments, log=log, env=embedded, grace=STOP_SECONDS))
    try:
        while (record := _ready(data_dir)) is None:
            if process.poll() is not None or time.perf_counter() - began > START_SECONDS:
                raise StackError(f"`bdc up` did not get healthy: {last_line(log)}")
            await asyncio.sleep(POLL_SECONDS)
        return _used(time.perf_counter() - began, record)
    finally:
        await asyncio.to_thread(process.stop)


def _used(seconds: float, record: StackRecord) -> Start:
    pids = {record.pid, *(pid for process in record.processes for pid in (process.pid, process.guard_pid))}
    processes = [psutil.Process(pid) for pid in pids]
    times = [process.cpu_times() for process in processes]
    return Start(
        seconds,
        sum(each.user + each.system for each in times),
        sum(process.memory_info().rss for process in processes) / MIB,
    )


def _ready(data_dir: Path) -> StackRecord | None:
    record = read_record(data_dir)
    return record if record is not None and record.ready else None
