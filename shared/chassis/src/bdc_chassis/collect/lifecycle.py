"""The lifecycle of a run: validate, then each partition with its own lease, cursor and outcome, then finish."""

import asyncio
import logging
import time
from collections.abc import Sequence
from datetime import UTC, datetime
from secrets import token_hex
from typing import TYPE_CHECKING, Final

from bdc_contracts import Outcome, RunFinished, RunStarted

from bdc_chassis.archive import Archive, open_archive
from bdc_chassis.bus.publisher import Publisher
from bdc_chassis.collect.collector import Collector, Partition
from bdc_chassis.collect.partition import PartitionRun
from bdc_chassis.collect.progress import LogProgress, Progress
from bdc_chassis.collect.report import PartitionReport, RunReport
from bdc_chassis.cursor import Cursor
from bdc_chassis.errors import BdcError, CommandError, classify, sentence
from bdc_chassis.lease import Lease

if TYPE_CHECKING:
    from bdc_chassis.bus import Bus
    from bdc_chassis.settings import ServiceSettings

ANNOUNCE_SECONDS: Final = 10.0

log = logging.getLogger(__name__)


class Interrupted(CommandError):
    """The run was asked to stop before its work was done."""


async def run_collector(
    collector: Collector,
    bus: "Bus",
    settings: "ServiceSettings",
    *,
    progress: Progress | None = None,
    archive: Archive | None = None,
    from_archive: bool = False,
    stop: asyncio.Event | None = None,
) -> RunReport:
    """Run `collector` over all its partitions and report how each ended; a bad partition never stops the others.

    Setting `stop` ends the run at once: cursors stay where everything before them is acknowledged.

    Raises:
        BdcError: `validate` refused the options or credentials; nothing was collected.
    """
    run = _Run(collector, bus, settings, progress or LogProgress(), archive or open_archive(settings), from_archive)
    started = time.monotonic()
    try:
        await collector.validate()
        reports = await run.all(collector.partitions(), stop or asyncio.Event())
    finally:
        run.progress.close()
        await collector.finish()
    return RunReport(run.run_id, collector.name, reports, time.monotonic() - started)


class _Run:
    """One run of a collector; its partitions share nothing else."""

    def __init__(
        self,
        collector: Collector,
        bus: "Bus",
        settings: "ServiceSettings",
        progress: Progress,
        archive: Archive,
        from_archive: bool,
    ) -> None:
        self.collector = collector
        self.bus = bus
        self.settings = settings
        self.progress = progress
        self.archive = archive
        self.from_archive = from_archive
        self.run_id = f"{collector.name}-{datetime.now(UTC):%Y%m%dT%H%M%S}-{token_hex(4)}"

    async def all(self, partitions: Sequence[Partition], stop: asyncio.Event) -> list[PartitionReport]:
        """Collect the partitions, `concurrency` at a time, until all are done or `stop` is set."""
        slots = asyncio.Semaphore(self.settings.concurrency)
        tasks = [asyncio.create_task(self._one(each, slots, stop), name=f"collect-{each.name}") for each in partitions]
        stopper = asyncio.create_task(stop.wait())
        try:
            while pending := [task for task in tasks if not task.done()]:
                await asyncio.wait([*pending, *([] if stopper.done() else [stopper])], return_when="FIRST_COMPLETED")
                if stopper.done():
                    _cancel(pending)
                    await asyncio.wait(pending)
        finally:
            _cancel([*tasks, stopper])
        return [task.result() for task in tasks]

    async def _one(self, partition: Partition, slots: asyncio.Semaphore, stop: asyncio.Event) -> PartitionReport:
        """Collect one partition under its lease; whatever happens becomes its report."""
        attempt = _Attempt(self, partition)
        error: BaseException | None = None
        try:
            async with slots, Lease(self.bus, self.collector.name, partition.name):
                await attempt.run()
        except asyncio.CancelledError:
            if not stop.is_set():
                raise
            error = Interrupted(f"{partition.name} was stopped before it was done: the next run goes on at its cursor")
        except Exception as failure:  # noqa: BLE001  (the boundary that owns the policy: a partition fails alone)
            error = failure
        return await attempt.finish(error)


class _Attempt:
    """One partition in one run, from `run.started` to `run.finished`."""

    def __init__(self, run: _Run, partition: Partition) -> None:
        self.owner = run
        self.partition = partition
        self.started_at = datetime.now(UTC)
        self.clock = time.monotonic()
        self.begun: PartitionRun | None = None

    async def run(self) -> None:
        """Let the collector work, then wait for every acknowledgement."""
        self.started_at, self.clock = datetime.now(UTC), time.monotonic()
        owner = self.owner
        cursor = Cursor(owner.bus, owner.collector.name, self.partition.name)
        position, _ = await cursor.load()
        async with Publisher(owner.bus, window=owner.settings.publish_window) as publisher:
            run = self.begun = PartitionRun(
                self.partition,
                run_id=owner.run_id,
                collector=owner.collector.name,
                cursor=cursor,
                position=position,
                publisher=publisher,
                archive=owner.archive,
                settings=owner.settings,
                progress=owner.progress,
                from_archive=owner.from_archive,
            )
            await publisher.publish(
                RunStarted(
                    run_id=owner.run_id,
                    collector=owner.collector.name,
                    partition=self.partition.name,
                    started_at=self.started_at,
                )
            )
            await owner.collector.collect(run)
            await run.people.flush()

    async def finish(self, error: BaseException | None) -> PartitionReport:
        """Say how it ended: in the report, the log, the progress and, if it had begun, on the bus."""
        report = self._report(error)
        if self.begun is not None:
            self.owner.progress.finish(self.begun.state, report.outcome.value)
            try:
                await self._announce(report)
            except Exception as failure:  # noqa: BLE001  (the run's own error, if any, is the one to report)
                report = self._report(error or failure)
        if error is not None:
            unexpected = not isinstance(error, BdcError)
            facts = {"partition": report.partition, "category": report.error_category, "error": report.error}
            log.error("partition failed", extra=facts, exc_info=error if unexpected else None)
        return report

    async def _announce(self, report: PartitionReport) -> None:
        finished = RunFinished(
            run_id=self.owner.run_id,
            collector=self.owner.collector.name,
            partition=report.partition,
            started_at=self.started_at,
            finished_at=datetime.now(UTC),
            outcome=report.outcome.value,
            counts=dict(report.counts),
            cursor=None if report.cursor is None else dict(report.cursor),
            error_category=report.error_category,
            error=report.error,
        )
        async with Publisher(self.owner.bus, give_up=ANNOUNCE_SECONDS) as publisher:
            await publisher.publish(finished)

    def _report(self, error: BaseException | None) -> PartitionReport:
        run = self.begun
        advanced = run is not None and run.checkpoints > 0
        return PartitionReport(
            partition=self.partition.name,
            outcome=Outcome.SUCCEEDED if error is None else Outcome.PARTIAL if advanced else Outcome.FAILED,
            counts=dict(run.state.counts) if run else {},
            published=run.publisher.published if run else 0,
            duplicates=run.publisher.duplicates if run else 0,
            seconds=time.monotonic() - self.clock,
            cursor=run.cursor if run else None,
            error_category=None if error is None else classify(error),
            error=None if error is None else sentence(error),
        )


def _cancel(tasks: Sequence["asyncio.Task[PartitionReport] | asyncio.Task[bool]"]) -> None:
    for task in tasks:
        task.cancel()
