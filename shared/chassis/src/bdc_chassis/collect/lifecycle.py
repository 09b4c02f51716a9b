"""The lifecycle of a run: validate, then each partition with its own lease, cursor and outcome, then finish."""

import asyncio
import time
from collections.abc import Sequence
from typing import TYPE_CHECKING

from bdc_chassis.archive import Archive, open_archive
from bdc_chassis.collect.attempt import Attempt
from bdc_chassis.collect.collector import Collector, Partition
from bdc_chassis.collect.progress import LogProgress, Progress
from bdc_chassis.collect.report import PartitionReport, RunReport
from bdc_chassis.collect.run import Run, new_run_id
from bdc_chassis.errors import CommandError
from bdc_chassis.forgetting.archived import forgetful
from bdc_chassis.garbage import tune
from bdc_chassis.lease import Lease

if TYPE_CHECKING:
    from bdc_chassis.bus import Bus
    from bdc_chassis.settings import ServiceSettings


class Interrupted(CommandError):  # noqa: N818  (says what happened)
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
    tune()
    run = Run(
        id=new_run_id(collector.name),
        collector=collector,
        bus=bus,
        settings=settings,
        progress=progress or LogProgress(),
        archive=await forgetful(archive or open_archive(settings), bus),
        from_archive=from_archive,
    )
    started = time.monotonic()
    try:
        await collector.validate()
        reports = await _all_partitions(run, collector.partitions(), stop or asyncio.Event())
    finally:
        run.progress.close()
        await collector.finish()
    return RunReport(run.id, collector.name, reports, time.monotonic() - started)


async def _all_partitions(run: Run, partitions: Sequence[Partition], stop: asyncio.Event) -> list[PartitionReport]:
    """Collect the partitions, `concurrency` at a time, until all are done or `stop` is set."""
    slots = asyncio.Semaphore(run.settings.concurrency)
    tasks = [
        asyncio.create_task(_partition(run, each, slots, stop), name=f"collect-{each.name}") for each in partitions
    ]
    stopper = asyncio.create_task(stop.wait())
    try:
        while pending := [task for task in tasks if not task.done()]:
            await asyncio.wait([*pending, stopper], return_when=asyncio.FIRST_COMPLETED)
            if stopper.done():
                _cancel(pending)
                await asyncio.wait(pending)
    finally:
        _cancel([*tasks, stopper])
    return [task.result() for task in tasks]


async def _partition(run: Run, partition: Partition, slots: asyncio.Semaphore, stop: asyncio.Event) -> PartitionReport:
    """Collect one partition under its lease; whatever happens becomes its report."""
    attempt = Attempt(run, partition)
    error: BaseException | None = None
    try:
        async with slots, Lease(run.bus, run.name, partition.name):
            await attempt.collect()
    except asyncio.CancelledError:
        if not stop.is_set():
            raise
        error = Interrupted(f"{partition.name} was stopped before it was done: the next run goes on at its cursor")
    except Exception as failure:  # noqa: BLE001  (the boundary that owns the policy: a partition fails alone)
        error = failure
    return await attempt.finish(error)


def _cancel(tasks: Sequence["asyncio.Task[PartitionReport] | asyncio.Task[bool]"]) -> None:
    for task in tasks:
        task.cancel()
