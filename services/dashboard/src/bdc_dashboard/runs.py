"""What the dashboard knows of a collector's run: one record per partition."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from bdc_contracts import ReplayFinished, RunFinished, RunStarted

RunKey = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Run:
    """One partition's part of a run; without `finished_at` it still works, or was killed."""

    run_id: str
    collector: str
    partition: str
    started_at: datetime
    finished_at: datetime | None = None
    outcome: str | None = None
    counts: Mapping[str, int] = field(default_factory=dict)
    error_category: str | None = None
    error: str | None = None
    sequence: int = 0
    superseded: bool = False

    @property
    def duration(self) -> timedelta | None:
        """How long it took; None while it is not finished."""
        return max(self.finished_at - self.started_at, timedelta()) if self.finished_at else None

    @property
    def state(self) -> str:
        """The outcome, or `running`, or `lost` where a later run of the partition began before this one ended."""
        return self.outcome or ("lost" if self.superseded else "running")


@dataclass(frozen=True, slots=True)
class Replay:
    """A finished replay: which service re-emitted how many events, or why it could not."""

    request_id: str
    service: str
    events: int
    finished_at: datetime
    error: str | None = None


def run_of(event: RunStarted | RunFinished, sequence: int) -> Run:
    """Return what one event says of its run; `sequence` is the event's place in the stream."""
    begun = Run(event.run_id, event.collector, event.partition, event.started_at, sequence=sequence)
    if isinstance(event, RunStarted):
        return begun
    return replace(
        begun,
        finished_at=event.finished_at,
        outcome=event.outcome,
        counts=event.counts,
        error_category=event.error_category,
        error=event.error,
    )


def replay_of(event: ReplayFinished) -> Replay:
    """Return what the event says of its replay."""
    return Replay(event.request_id, event.service, event.events, event.finished_at, event.error)


def latest(runs: Iterable[Run]) -> tuple[Run, ...]:
    """Return one record per partition of a run: an end outweighs a beginning, a later end an earlier one."""
    kept: dict[RunKey, Run] = {}
    for run in runs:
        key = (run.run_id, run.partition)
        if key not in kept or _rank(kept[key]) < _rank(run):
            kept[key] = run
    return tuple(kept.values())


def _rank(run: Run) -> tuple[bool, float, int]:
    ended = run.finished_at
    return (ended is not None, ended.timestamp() if ended else 0.0, run.sequence)
