"""Progress of a run: a live bar per partition on a terminal, else one structured line per ten seconds."""

import logging
import sys
import time
from collections import Counter
from typing import Final, Protocol

LOG_INTERVAL_S: Final = 10.0

log = logging.getLogger(__name__)


class PartitionProgress:
    """How far one partition is; `total` is None while nobody knows."""

    __slots__ = ("counts", "done", "name", "started", "total")

    def __init__(self, name: str) -> None:
        self.name = name
        self.total: int | None = None
        self.done = 0
        self.counts: Counter[str] = Counter()
        self.started = time.monotonic()

    @property
    def rate(self) -> float:
        """Return units per second since the start."""
        elapsed = time.monotonic() - self.started
        return self.done / elapsed if elapsed > 0 else 0.0

    @property
    def eta_seconds(self) -> float | None:
        """Return how long the rest takes at this rate, None where that is unknown."""
        if self.total is None or not self.rate:
            return None
        return max(0.0, (self.total - self.done) / self.rate)


class Progress(Protocol):
    """Shows how far partitions are. `tick` is called for every advance and decides itself when to show something."""

    def start(self, partition: PartitionProgress) -> None:
        """Show a new partition."""

    def tick(self, partition: PartitionProgress) -> None:
        """Take note of an advance."""

    def finish(self, partition: PartitionProgress, outcome: str) -> None:
        """Show how a partition ended."""

    def close(self) -> None:
        """Give the terminal back."""


class LogProgress:
    """One structured line per partition and ten seconds, and one at its end."""

    def __init__(self, interval: float = LOG_INTERVAL_S) -> None:
        self._interval = interval
        self._last: dict[str, float] = {}

    def start(self, partition: PartitionProgress) -> None:
        """Take note of a partition."""
        self._last[partition.name] = partition.started

    def tick(self, partition: PartitionProgress) -> None:
        """Write a line if the last one is old enough."""
        now = time.monotonic()
        if now - self._last[partition.name] >= self._interval:
            self._last[partition.name] = now
            self._write("progress", partition)

    def finish(self, partition: PartitionProgress, outcome: str) -> None:
        """Write the last line of a partition."""
        self._write("partition finished", partition, outcome=outcome)

    def close(self) -> None:
        """Do nothing: a log has no terminal to give back."""

    def _write(self, message: str, partition: PartitionProgress, **more: str) -> None:
        eta = partition.eta_seconds
        facts = {
            "partition": partition.name,
            "done": partition.done,
            "total": partition.total,
            "per_second": round(partition.rate, 1),
            "eta_seconds": None if eta is None else round(eta),
            "counts": dict(partition.counts),
        }
        log.info(message, extra=facts | more)


def choose_progress() -> Progress:
    """Return bars if standard error is a terminal, else log lines."""
    if not sys.stderr.isatty():
        return LogProgress()
    from bdc_chassis.collect.bars import BarProgress  # noqa: PLC0415  (a CronJob has no terminal and needs no rich)

    return BarProgress()
