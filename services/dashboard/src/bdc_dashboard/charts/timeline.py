"""Series of several services on one row of buckets: gaps filled, hopeless dates set aside, too many bars merged."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

from bdc_dashboard.charts.calendar import buckets_between, floor_to
from bdc_dashboard.source.activity import Bucket

EARLIEST: Final = date(1980, 1, 1)  # nothing that is collected is older; earlier dates are broken clocks
MOST_BARS: Final = 600  # beyond it a bar is thinner than a pixel and a half


@dataclass(frozen=True, slots=True)
class Counted:
    """One named row of numbers, one per bucket of its timeline."""

    name: str
    values: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Timeline:
    """All buckets between the first and the last item; `outside` is how many items have dates that cannot be true."""

    bucket: Bucket
    days: tuple[date, ...] = ()
    rows: tuple[Counted, ...] = ()
    outside: int = 0

    @property
    def total(self) -> int:
        """How many items the timeline shows."""
        return sum(sum(row.values) for row in self.rows)


Named = tuple[str, Iterable[tuple[date, int]]]


def timeline_of(series: Sequence[Named], bucket: Bucket, today: date) -> Timeline:
    """Put `series` on one row of buckets; days and weeks become months where there would be too many bars."""
    listed = [(name, [(day, max(n, 0)) for day, n in points]) for name, points in series]
    credible = [(name, [point for point in points if EARLIEST <= point[0] <= today]) for name, points in listed]
    outside = _sum(listed) - _sum(credible)
    dates = [day for _, points in credible for day, _ in points]
    if not dates:
        return Timeline(bucket, outside=outside)
    days = buckets_between(min(dates), max(dates), bucket)
    if len(days) > MOST_BARS and bucket is not Bucket.MONTH:
        return timeline_of(series, Bucket.MONTH, today)
    return Timeline(bucket, days, tuple(_row(name, points, days, bucket) for name, points in credible), outside)


def _sum(series: Iterable[tuple[str, list[tuple[date, int]]]]) -> int:
    return sum(n for _, points in series for _, n in points)


def _row(name: str, points: Iterable[tuple[date, int]], days: Sequence[date], bucket: Bucket) -> Counted:
    found: Counter[date] = Counter()
    for day, n in points:
        found[floor_to(day, bucket)] += n
    return Counted(name, tuple(found[day] for day in days))
