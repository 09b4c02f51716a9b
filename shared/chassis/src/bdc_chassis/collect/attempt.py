"""One partition in one run, from `run.started` to `run.finished`."""

import logging
import time
from datetime import UTC, datetime
from typing import Final

from bdc_contracts import Outcome, RunFinished, RunStarted

from bdc_chassis.bus.publisher import Publisher
from bdc_chassis.collect.collector import Partition
from bdc_chassis.collect.partition import PartitionRun
from bdc_chassis.collect.report import PartitionReport
from bdc_chassis.collect.run import Run
from bdc_chassis.cursor import Cursor
from bdc_chassis.errors import BdcError, classify, sentence
from bdc_chassis.forgetting.collecting import collecting_publisher
from bdc_chassis.telemetry import tracer

ANNOUNCE_SECONDS: Final = 10.0

log = logging.getLogger(__name__)


class Attempt:
    """Runs the collector on one partition and tells everybody how it went."""

    def __init__(self, run: Run, partition: Partition) -> None:
        self._run = run
        self._partition = partition
        self._started_at = datetime.now(UTC)
        self._clock = time.monotonic()
        self._begun: PartitionRun | None = None

    async def collect(self) -> None:
        """Let the collector work, then wait for every acknowledgement; the caller holds the lease."""
        self._started_at, self._clock = datetime.now(UTC), time.monotonic()
        cursor = Cursor(self._run.bus, self._run.name, self._partition.name)
        position, _ = await cursor.load()
        with tracer().start_as_current_span(
            f"collect {self._run.name}", attributes={"partition": self._partition.name}
        ):
            window = self._run.settings.publish_window
            async with await collecting_publisher(self._run.bus, window=window) as publisher:
                begun = self._begun = PartitionRun(self._run, self._partition, cursor, position, publisher)
                await publisher.publish(
                    RunStarted(
                        run_id=self._run.id,
                        collector=self._run.name,
                        partition=self._partition.name,
                        started_at=self._started_at,
                    )
                )
                await self._run.collector.collect(begun)
                await begun.people.flush()

    async def finish(self, error: BaseException | None) -> PartitionReport:
        """Say how it ended: in the report, the log, the progress and, if it had begun, on the bus."""
        report = self._report(error)
        if self._begun is not None:
            self._run.progress.finish(self._begun.state, report.outcome.value)
            try:
                await self._announce(report)
            except Exception as failure:  # noqa: BLE001  (the run's own error, if any, is the one to report)
                error = error or failure
                report = self._report(error)
        if error is not None:
            facts = {"partition": report.partition, "category": report.error_category, "error": report.error}
            log.error("partition failed", extra=facts, exc_info=None if isinstance(error, BdcError) else error)
        return report

    async def _announce(self, report: PartitionReport) -> None:
        finished = RunFinished(
            run_id=self._run.id,
            collector=self._run.name,
            partition=report.partition,
            started_at=self._started_at,
            finished_at=datetime.now(UTC),
            outcome=report.outcome.value,
            counts=dict(report.counts),
            cursor=None if report.cursor is None else dict(report.cursor),
            error_category=report.error_category,
            error=report.error,
        )
        async with Publisher(self._run.bus, give_up=ANNOUNCE_SECONDS) as publisher:
            await publisher.publish(finished)

    def _report(self, error: BaseException | None) -> PartitionReport:
        begun = self._begun
        advanced = begun is not None and begun.checkpoints > 0
        return PartitionReport(
            partition=self._partition.name,
            outcome=Outcome.SUCCEEDED if error is None else Outcome.PARTIAL if advanced else Outcome.FAILED,
            counts=dict(begun.state.counts) if begun else {},
            published=begun.publisher.published if begun else 0,
            duplicates=begun.publisher.duplicates if begun else 0,
            seconds=time.monotonic() - self._clock,
            cursor=begun.cursor if begun else None,
            error_category=None if error is None else classify(error),
            error=None if error is None else sentence(error),
        )
