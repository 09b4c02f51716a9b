"""Progress on a terminal: a live bar per partition."""

import time
from typing import Final

from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    TaskID,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)

from bdc_chassis.collect.progress import PartitionProgress

REDRAW_PER_S: Final = 5


class BarProgress:
    """A live bar per partition with rate and time left, on standard error."""

    def __init__(self) -> None:
        self._rich = Progress(
            TextColumn("{task.description}", markup=False),
            BarColumn(bar_width=24),
            MofNCompleteColumn(),
            TextColumn("{task.fields[rate]}"),
            TimeRemainingColumn(compact=True),
            TimeElapsedColumn(),
            TextColumn("{task.fields[note]}", markup=False),
            console=Console(stderr=True),
            refresh_per_second=REDRAW_PER_S,
        )
        self._tasks: dict[str, TaskID] = {}
        self._shown: dict[str, float] = {}
        self._rich.start()

    def start(self, partition: PartitionProgress) -> None:
        """Add a bar."""
        self._tasks[partition.name] = self._rich.add_task(partition.name, total=None, rate="", note="")
        self._shown[partition.name] = 0.0

    def tick(self, partition: PartitionProgress) -> None:
        """Move the bar, at most five times a second."""
        now = time.monotonic()
        if now - self._shown[partition.name] >= 1 / REDRAW_PER_S:
            self._shown[partition.name] = now
            self._update(partition)

    def finish(self, partition: PartitionProgress, outcome: str) -> None:
        """Fill the bar and write the outcome beside it."""
        partition.total = partition.total or partition.done
        self._update(partition, note=outcome)
        self._rich.stop_task(self._tasks[partition.name])

    def close(self) -> None:
        """Stop drawing."""
        self._rich.stop()

    def _update(self, partition: PartitionProgress, note: str = "") -> None:
        self._rich.update(
            self._tasks[partition.name],
            completed=partition.done,
            total=partition.total,
            rate=f"{partition.rate:,.0f}/s",
            note=note,
        )
