"""A repository's history: collected until every event is acknowledged, then stored until every row is committed.

`n` counts the commits stored. `git_ratio` is the collector's rate over that of a bare `git log --raw --numstat -M -z`
of the same mirror in the same run (the mean of one before and one after); cloning is no part of either. `peak_mib` and
`cpu_seconds` are the collector's, the processor time of its git included. `no_stats_per_second` is the rate without
files and line counts, measured first, which also makes the mirror.
"""
# ruff: noqa: S603, S607  (git, as the PATH has it, on a path that the operator gave)

import asyncio
import subprocess
import time
from collections.abc import Sequence
from contextlib import suppress
from importlib.metadata import entry_points
from pathlib import Path

from bdc_chassis.bus import Bus, Projection, connect, ensure_consumers, run_projections
from bdc_chassis.bus.provision import provision
from bdc_chassis.collect import RunReport, run_collector
from bdc_chassis.service import Service
from bdc_chassis.settings import ServiceSettings
from bdc_chassis.store import create_engine
from bdc_chassis.store.migrations import migrate_database
from bdc_contracts.streams import CURSORS, FACTS

from bdc_devkit.bench.context import BenchContext
from bdc_devkit.bench.meter import Meter
from bdc_devkit.bench.result import BenchResult
from bdc_devkit.bench.stored import behind, summary
from bdc_devkit.errors import StackError

LOG = ("log", "--all", "--raw", "--numstat", "-M", "-z")
POLL_SECONDS = 0.01
MADE_COMMITS = 10_000


async def run(context: BenchContext) -> BenchResult:
    """Collect and store the repository with the github service's own code against fresh servers."""
    service: Service = entry_points(group="bdc.services")["github"].load()
    source = context.input or _made(context.directory / "made")
    mirror = _mirrored(source, context.directory / "mirror.git")
    settings = context.settings(service.settings)
    async with await connect(settings, name=service.name) as bus:
        await provision(bus.js)
        no_stats_per_second = await _without_stats(service, settings, bus, mirror)
        before = _bare_git(mirror)
        with Meter() as meter:
            report = await _collect(service, settings, bus, mirror)
        git_seconds = (before + _bare_git(mirror)) / 2
        stored, store_seconds = await _store(service, settings, bus)
    commits = report.counts.get("commits", 0)
    extra = {
        "git_ratio": round(git_seconds / meter.seconds, 3),
        "git_per_second": round(commits / git_seconds, 1),
        "store_per_second": round(stored / store_seconds, 1),
        "no_stats_per_second": round(no_stats_per_second, 1),
    }
    return meter.result("git", stored, **extra)


async def _collect(
    service: Service, settings: ServiceSettings, bus: Bus, mirror: Path, *, no_stats: bool = False
) -> RunReport:
    if service.collector is None:
        raise StackError("the github service has no collector: this checkout is older than the benchmark")
    collector = service.collector(settings, repo=[str(mirror)], no_stats=no_stats)
    report = await run_collector(collector, bus, settings)
    if report.exit_code:
        raise StackError("; ".join(each.error for each in report.partitions if each.error))
    return report


async def _store(service: Service, settings: ServiceSettings, bus: Bus) -> tuple[int, float]:
    """Run the service's projections over the stream; return how many commits it then holds, and the seconds."""
    if service.projections is None:
        raise StackError("the github service has no store: this checkout is older than the benchmark")
    await migrate_database(settings, service)
    projections = service.projections(settings)
    await ensure_consumers(bus.js, service.name, projections)
    engine = create_engine(settings, service.name)
    expected = await behind(bus, projections)
    stop = asyncio.Event()
    async with engine.connect():  # as `serve` does before it begins
        pass
    began = time.perf_counter()
    work = asyncio.create_task(run_projections(bus, engine, projections, settings=settings, stop=stop))
    try:
        while not work.done() and _settled(bus, projections) < expected:  # noqa: ASYNC110  (a counter tells nobody)
            await asyncio.sleep(POLL_SECONDS)
        while not work.done() and await behind(bus, projections):  # noqa: ASYNC110  (the server tells nobody)
            await asyncio.sleep(POLL_SECONDS)
        seconds = time.perf_counter() - began
        stop.set()
        await work
        return (await summary(service, settings, bus, engine))["counts"]["commits"], seconds
    finally:
        work.cancel()
        await engine.dispose()


def _settled(bus: Bus, projections: Sequence[Projection]) -> int:
    consumers = [bus.consumers.get(each.durable) for each in projections]
    return sum(each.acked + each.dead + each.skipped for each in consumers if each)


async def _without_stats(service: Service, settings: ServiceSettings, bus: Bus, mirror: Path) -> float:
    """Return the rate of the same collection without line counts; afterwards the bus knows nothing of it."""
    began = time.perf_counter()
    report = await _collect(service, settings, bus, mirror, no_stats=True)
    seconds = time.perf_counter() - began
    for stream in (FACTS.name, f"KV_{CURSORS.name}"):
        await bus.js.purge_stream(stream)
    return report.counts.get("commits", 0) / seconds


def _bare_git(mirror: Path) -> float:
    """Return the seconds that git alone takes to print the history."""
    began = time.perf_counter()
    with subprocess.Popen(["git", "-C", str(mirror), *LOG], stdout=subprocess.PIPE, stderr=subprocess.PIPE) as git:
        assert git.stdout  # noqa: S101  (it is a pipe)
        while git.stdout.read1(1 << 20):  # type: ignore[attr-defined]  # a BufferedReader
            pass
        problem = git.stderr.read().decode("utf-8", "replace") if git.stderr else ""
    if git.returncode:
        raise StackError(f"git cannot print this history, so there is nothing to compare with: {problem.strip()}")
    return time.perf_counter() - began


def _mirrored(source: Path, mirror: Path) -> Path:
    """Clone the input as the benchmark's own, so that the collector's clone of it is a matter of hard links."""
    cloned = subprocess.run(
        ["git", "clone", "--mirror", "--quiet", str(source), str(mirror)], capture_output=True, text=True, check=False
    )
    if cloned.returncode:
        raise StackError(f"--input {source} is not a repository that git can clone: {cloned.stderr.strip()}")
    with suppress(subprocess.CalledProcessError):  # its address must not matter: the same input, the same key
        subprocess.run(["git", "-C", str(mirror), "remote", "remove", "origin"], check=True, capture_output=True)
    return mirror


def _made(repository: Path) -> Path:
    """Make a repository of small commits by many authors, such as years of maintenance leave."""
    subprocess.run(["git", "init", "--bare", "--quiet", str(repository)], check=True)
    with subprocess.Popen(["git", "-C", str(repository), "fast-import", "--quiet"], stdin=subprocess.PIPE) as importer:
        assert importer.stdin  # noqa: S101  (it is a pipe)
        for number in range(MADE_COMMITS):
            importer.stdin.write(_made_commit(number))
    return repository


def _made_commit(number: int) -> bytes:
    why = "Why this was needed, in a sentence or two of prose."
    message = f"Change {number}\n\n{why}\n\nReviewed-by: R <r@example.org>\n"
    lines = "".join(f"line {line} of {number if line % 50 == 0 else line}\n" for line in range(200))
    who = f"Author {number % 200} <a{number % 200}@example.org> {1_000_000_000 + number * 3600} +0000"
    files = "".join(f"M 100644 inline src/{(number + file) % 300}.c\ndata {len(lines)}\n{lines}\n" for file in range(3))
    return f"commit refs/heads/main\nauthor {who}\ncommitter {who}\ndata {len(message)}\n{message}\n{files}\n".encode()
