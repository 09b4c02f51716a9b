"""One partition of one run: where a collector publishes, checkpoints and counts."""

import asyncio
from typing import TYPE_CHECKING, Any

from bdc_contracts import Event

from bdc_chassis.archive import Archive
from bdc_chassis.collect.collector import Partition
from bdc_chassis.collect.people import PeopleSeen
from bdc_chassis.collect.progress import PartitionProgress, Progress

if TYPE_CHECKING:
    from bdc_chassis.bus import Publisher
    from bdc_chassis.cursor import Cursor
    from bdc_chassis.settings import ServiceSettings

QUARANTINED = "quarantined"


class PartitionRun:
    """What a collector gets for one partition.

    `cursor` is where the last run left off (None at first); `from_archive` asks to parse the raw archive instead of the source.
    """

    def __init__(
        self,
        partition: Partition,
        *,
        run_id: str,
        collector: str,
        cursor: "Cursor",
        position: dict[str, Any] | None,
        publisher: "Publisher",
        archive: Archive,
        settings: "ServiceSettings",
        progress: Progress,
        from_archive: bool = False,
    ) -> None:
        self.partition = partition
        self.run_id = run_id
        self.collector = collector
        self.cursor = position
        self.archive = archive
        self.settings = settings
        self.from_archive = from_archive
        self.publisher = publisher
        self.people = PeopleSeen(collector, publisher.publish)
        self.state = PartitionProgress(partition.name)
        self.checkpoints = 0
        self._cursor = cursor
        self._progress = progress
        progress.start(self.state)

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
