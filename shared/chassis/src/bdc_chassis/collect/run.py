"""What is the same for all partitions of one run."""

from dataclasses import dataclass
from datetime import UTC, datetime
from secrets import token_hex
from typing import TYPE_CHECKING

from bdc_chassis.archive import Archive
from bdc_chassis.collect.collector import Collector
from bdc_chassis.collect.progress import Progress

if TYPE_CHECKING:
    from bdc_chassis.bus import Bus
    from bdc_chassis.settings import ServiceSettings


@dataclass(frozen=True, kw_only=True)
class Run:
    """One run of a collector; `id` sorts by time."""

    id: str
    collector: Collector
    bus: "Bus"
    settings: "ServiceSettings"
    progress: Progress
    archive: Archive
    from_archive: bool = False

    @property
    def name(self) -> str:
        """Return the collector's name."""
        return self.collector.name


def new_run_id(collector: str) -> str:
    """Return an id that sorts by time and that no other run has."""
    return f"{collector}-{datetime.now(UTC):%Y%m%dT%H%M%S}-{token_hex(4)}"
