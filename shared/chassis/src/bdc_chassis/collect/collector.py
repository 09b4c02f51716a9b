"""What a collector is to the chassis."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from bdc_chassis.collect.partition import PartitionRun


@dataclass(frozen=True, slots=True)
class Partition:
    """A part of a collector's work with a cursor, a lease and an outcome of its own: a repository, a list.

    `name` is its stable identity (the cursor's key follows from it); `spec` is the collector's own.
    """

    name: str
    spec: object = None


class Collector(Protocol):
    """Turns a source into events."""

    @property
    def name(self) -> str:
        """Return the collector's name, which is its service's."""

    def partitions(self) -> Sequence[Partition]:
        """Return the parts of the work; called after `validate`."""

    async def validate(self) -> None:
        """Check options and credentials, fast.

        Raises:
            BdcError: one sentence that says what to mend; ConfigurationError makes the exit code 2.
        """

    async def collect(self, run: "PartitionRun") -> None:
        """Collect one partition: publish events, and checkpoint whenever the cursor may move."""

    async def finish(self) -> None:
        """Release what the collector holds; called once after all partitions, also after failures."""
