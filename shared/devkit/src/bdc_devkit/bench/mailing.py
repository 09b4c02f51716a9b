"""A mail archive, cold, to rows and published documents: `collect` and `serve` at once, processes as in production.

The clock runs from the start of both processes until the collector has ended and the service has settled everything.
`n` counts the messages collected and `rows` those stored (one per content and list); `messages`, `threads` and
`authors` are the service's own summary, `documents` and `people` the facts on the bus. `peak_mib` is the most that the
two processes and all of their children (parsers, git) held, shared pages counted once, and `cpu_seconds` their
processor time; the servers are not in it. `--input` is a public-inbox repository, an mbox, a maildir or a directory of
messages.
"""

import asyncio
import time
from collections.abc import Sequence
from contextlib import AsyncExitStack
from importlib.metadata import entry_points
from pathlib import Path

import psutil
from bdc_chassis.bus import Bus, Projection, connect, ensure_consumers
from bdc_chassis.bus.provision import provision
from bdc_chassis.service import Service
from bdc_chassis.store import create_engine
from bdc_chassis.store.migrations import migrate_database
from bdc_contracts.streams import FACTS
from sqlalchemy import text

from bdc_devkit.bench.context import BenchContext
from bdc_devkit.bench.mail import LIST
from bdc_devkit.bench.mail.made import made
from bdc_devkit.bench.result import BenchResult
from bdc_devkit.bench.stored import behind, summary
from bdc_devkit.bench.tree import TreeMemory
from bdc_devkit.embedded import Command, GuardedProcess
from bdc_devkit.embedded.nats import last_line
from bdc_devkit.errors import StackError
from bdc_devkit.stack.options import DATABASE_VARIABLE, NATS_VARIABLE
from bdc_devkit.stack.service_command import service_command

LOOK_SECONDS = 0.1
COUNTED = ("messages", "threads", "authors")
FACTS_COUNTED = {"documents": "bdc.v1.mailing.document.changed", "people": "bdc.v1.mailing.person.seen"}


async def run(context: BenchContext) -> BenchResult:
    """Collect and store the archive against fresh servers."""
    archive = context.input or made(context.directory / "made.mbox", LIST)
    service: Service = entry_points(group="bdc.services")["mailing"].load()
    settings = context.settings(service.settings)
    projections = service.projections(settings) if service.projections else ()
    await migrate_database(settings, service)
    async with await connect(settings, name="bench-mailing") as bus:
        await provision(bus.js)
        await ensure_consumers(bus.js, service.name, projections)
        seconds, memory, cpu_seconds = await _run(context, archive, bus, projections)
        engine = create_engine(settings, service.name)
        try:
            counts = (await summary(service, settings, bus, engine))["counts"]
            async with engine.connect() as tx:
                rows = (await tx.execute(text("SELECT count(*) FROM posting"))).scalar_one()
        finally:
            await engine.dispose()
        stored = {"rows": rows} | {name: counts[name] for name in COUNTED if name in counts}
        facts = {name: await _published(bus, subject) for name, subject in FACTS_COUNTED.items()}
        n = await _published(bus, "bdc.v1.mailing.message.archived")
    return BenchResult("mailing", n, seconds, sum(memory.values()), cpu_seconds, stored | facts | memory)


async def _run(
    context: BenchContext, archive: Path, bus: Bus, projections: Sequence[Projection]
) -> tuple[float, dict[str, float], float]:
    """Return the seconds, the most memory (MiB) of each process, and the processor seconds of both."""
    began = time.perf_counter()
    cpu: dict[int, float] = {}
    async with AsyncExitStack() as stack:
        serving = _started(context, "serve")
        stack.push_async_callback(asyncio.to_thread, serving.stop)
        collecting = _started(context, "collect", "--list", LIST, "--from", str(archive))
        stack.push_async_callback(asyncio.to_thread, collecting.kill)
        served = await stack.enter_async_context(TreeMemory(serving.pid))
        collected = await stack.enter_async_context(TreeMemory(collecting.pid))
        while (code := collecting.poll()) is None or await behind(bus, projections):
            if serving.poll() is not None or code:
                failed = collecting if code else serving
                raise StackError(f"{failed.command.log.stem} failed: {last_line(failed.command.log)}")
            cpu |= {each.pid: used for each in (serving, collecting) if (used := _cpu_seconds(each.pid))}
            await asyncio.sleep(LOOK_SECONDS)
        seconds = time.perf_counter() - began
    memory = {"collect_mib": round(collected.peak_mib, 1), "serve_mib": round(served.peak_mib, 1)}
    return seconds, memory, sum(cpu.values())


def _cpu_seconds(pid: int) -> float:
    """Return what a process and its children have used, 0 once it has ended."""
    try:
        process = psutil.Process(pid)
        times = [each.cpu_times() for each in (process, *process.children(recursive=True))]
        ended = process.cpu_times()
    except psutil.NoSuchProcess:
        return 0.0
    return sum(each.user + each.system for each in times) + ended.children_user + ended.children_system


def _started(context: BenchContext, *arguments: str) -> GuardedProcess:
    env = {
        NATS_VARIABLE: context.nats_url,
        DATABASE_VARIABLE: context.database_url,
        "BDC_DATA_DIR": str(context.directory / "data"),
        "BDC_LOG_LEVEL": "WARNING",
    }
    log = context.directory / f"{arguments[0]}.log"
    return GuardedProcess(Command(arguments=service_command("mailing", *arguments), log=log, env=env))


async def _published(bus: Bus, subject: str) -> int:
    info = await bus.js.stream_info(FACTS.name, subjects_filter=subject)
    return (info.state.subjects or {}).get(subject, 0)
