"""One partition of one run: where a collector publishes, checkpoints and counts."""

import asyncio
from typing import TYPE_CHECKING, Any

from bdc_contracts import Event

from bdc_chassis.collect.collector import Partition
from bdc_chassis.collect.people import PeopleSeen
from bdc_chassis.collect.progress import PartitionProgress

if TYPE_CHECKING:
    from bdc_chassis.bus import Publisher
    from bdc_chassis.collect.run import Run
    from bdc_chassis.cursor import Cursor

QUARANTINED = "quarantined"


class PartitionRun:
    """What a collector gets for one partition.

    `cursor` is where the last run left off (None at first), `people` merges sightings of people, `from_archive` asks to
    parse the raw archive instead of the source.
    """

    def __init__(
        self,
        run: "Run",
        partition: Partition,
        cursor: "Cursor",
        position: dict[str, Any] | None,
        publisher: "Publisher",
    ) -> None:
        self.partition = partition
        self.run_id = run.id
        self.collector = run.name
        self.cursor = position
        self.archive = run.archive
        self.settings = run.settings
        self.from_archive = run.from_archive
        self.publisher = publisher
        self.people = PeopleSeen(run.name, publisher.publish)
        self.state = PartitionProgress(partition.name)
        self.checkpoints = 0
        self._cursor = cursor
        self._progress = run.progress
        self._progress.start(self.state)

    async def publish(self, event: Event) -> None:
        """Queue an event; it is certain to be stored only after the next `checkpoint`.

        Raises:
            PublishError: an earlier event could not be stored.
        """
        await self.publisher.publish(event)

    async def checkpoint(self, cursor: dict[str, Any]) -> None:
        """Wait until every event so far is acknowledged, sightings of people included, then move the cursor.

        Raises:
            PublishError: an event could not be stored; the cursor stays.
        """
        await self.people.flush()
        await self.publisher.flush()
        await self._cursor.save(cursor)
        self.cursor = cursor
        self.checkpoints += 1

    def count(self, what: str, n: int = 1) -> None:
        """Count `n` facts of a kind; the counts end up in `run.finished`."""
        self.state.counts[what] += n

    def total(self, n: int | None) -> None:
        """Say how many units of work there are, None for unknown."""
        self.state.total = n
        self._progress.tick(self.state)

    def advance(self, n: int = 1) -> None:
        """Say that `n` more units of work are done."""
        self.state.done += n
        self._progress.tick(self.state)

    async def quarantine(self, data: bytes, reason: str, origin: str) -> str:
        """Put bad input aside, with the reason and where it came from; return its archive reference.

        The run goes on and may succeed: the input is counted as `quarantined`.
        """
        meta = {"reason": reason, "partition": self.partition.name, "run_id": self.run_id}
        reference = await asyncio.to_thread(
            self.archive.put,
            data,
            media_type="application/octet-stream",
            source=f"{QUARANTINED}/{self.collector}/{origin}",
            meta=meta,
        )
        self.count(QUARANTINED)
        return reference
