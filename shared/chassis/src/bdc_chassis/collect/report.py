"""What came of a run."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from bdc_contracts import ErrorCategory, Outcome

from bdc_chassis.errors import EXIT_FAILED, EXIT_SUCCEEDED


@dataclass(frozen=True, slots=True)
class PartitionReport:
    """How one partition ended; `counts` per kind of fact, `published` of which `duplicates` the bus already had."""

    partition: str
    outcome: Outcome
    counts: Mapping[str, int] = field(default_factory=dict)
    published: int = 0
    duplicates: int = 0
    seconds: float = 0.0
    cursor: Mapping[str, Any] | None = None
    error_category: ErrorCategory | None = None
    error: str | None = None


@dataclass(frozen=True, slots=True)
class RunReport:
    """How a run ended."""

    run_id: str
    collector: str
    partitions: Sequence[PartitionReport]
    seconds: float

    @property
    def outcome(self) -> Outcome:
        """Return succeeded if all partitions did, failed if none got anywhere, else partial."""
        outcomes = {partition.outcome for partition in self.partitions}
        if outcomes <= {Outcome.SUCCEEDED}:
            return Outcome.SUCCEEDED
        return Outcome.FAILED if outcomes == {Outcome.FAILED} else Outcome.PARTIAL

    @property
    def exit_code(self) -> int:
        """Return 0 for succeeded, else 1; what makes it 2 never gets as far as a report."""
        return EXIT_SUCCEEDED if self.outcome is Outcome.SUCCEEDED else EXIT_FAILED

    @property
    def counts(self) -> dict[str, int]:
        """Return the counts of all partitions together."""
        total: Counter[str] = Counter()
        for partition in self.partitions:
            total.update(partition.counts)
        return dict(total)

    def to_dict(self) -> dict[str, Any]:
        """Return the report as `--json` prints it."""
        return {
            "run_id": self.run_id,
            "collector": self.collector,
            "outcome": self.outcome.value,
            "seconds": round(self.seconds, 3),
            "counts": self.counts,
            "partitions": [_partition(each) for each in self.partitions],
        }


def _partition(report: PartitionReport) -> dict[str, Any]:
    return {
        "partition": report.partition,
        "outcome": report.outcome.value,
        "counts": dict(report.counts),
        "published": report.published,
        "duplicates": report.duplicates,
        "seconds": round(report.seconds, 3),
        "cursor": report.cursor,
        "error_category": report.error_category and report.error_category.value,
        "error": report.error,
    }
