"""Whether collectors do their work: how old the last success of each may be, and how old it is."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta


@dataclass(frozen=True, slots=True)
class PartitionState:
    """What is known of one partition; `current` where the collector's newest run worked on it."""

    collector: str
    partition: str
    first_run: datetime
    last_run: datetime
    last_success: datetime | None
    last_outcome: str | None
    current: bool


@dataclass(frozen=True, slots=True)
class Freshness:
    """The state of one collector. `stale` is None where it is not scheduled; `behind` names its stale partitions."""

    collector: str
    stale: bool | None
    limit: timedelta | None = None
    last_run: datetime | None = None
    last_success: datetime | None = None
    partitions: int = 0
    behind: tuple[str, ...] = ()
    last_outcomes: tuple[str, ...] = ()


def freshness_of(
    states: Iterable[PartitionState],
    limits: Mapping[str, timedelta],
    expected_since: Mapping[str, datetime],
    now: datetime,
) -> tuple[Freshness, ...]:
    """Return the freshness of every collector that is scheduled or ever ran, by name.

    A scheduled collector is stale once a partition that it still works on has had no success for longer than the limit:
    one good partition does not hide a bad one. What never succeeded counts from its first run, what never ran from the
    moment it was first expected, so that a new deployment has time for its first runs. A partition that the newest run
    left out is retired.
    """
    grouped: dict[str, list[PartitionState]] = {name: [] for name in limits}
    for state in states:
        grouped.setdefault(state.collector, []).append(state)
    return tuple(
        _collector(name, grouped[name], limits.get(name), now, expected_since.get(name, now))
        for name in sorted(grouped)
    )


def _collector(
    name: str, states: list[PartitionState], limit: timedelta | None, now: datetime, expected: datetime
) -> Freshness:
    current = [state for state in states if state.current]
    behind = tuple(s.partition for s in current if limit and now - (s.last_success or s.first_run) > limit)
    overdue = limit is not None and not states and now - expected > limit
    return Freshness(
        name,
        stale=None if limit is None else bool(behind) or overdue,
        limit=limit,
        last_run=max((state.last_run for state in states), default=None),
        last_success=max((state.last_success for state in states if state.last_success), default=None),
        partitions=len(current),
        behind=behind,
        last_outcomes=tuple(state.last_outcome or "running" for state in current),
    )
