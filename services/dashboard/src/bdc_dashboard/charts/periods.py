"""A chart of periods: one line per name, from its first to its last moment."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final

from bdc_dashboard.charts.calendar import buckets_between, labels
from bdc_dashboard.charts.stacked import Mark
from bdc_dashboard.source.activity import Bucket

WIDTH: Final = 960.0
ROW: Final = 27.0
AXIS: Final = 24.0
EDGE: Final = 24.0  # room for half a label at either end
SHORTEST: Final = 4.0


@dataclass(frozen=True, slots=True)
class Span:
    """One bar of the chart; its label begins at the bar, or ends with it where the bar is far right."""

    label: str
    x: float
    y: float
    width: float
    title: str
    label_x: float
    label_ends: bool


@dataclass(frozen=True, slots=True)
class PeriodChart:
    """Everything that is drawn, in user units."""

    width: float
    height: float
    spans: tuple[Span, ...]
    x_marks: tuple[Mark, ...]


Period = tuple[str, datetime, datetime]


def period_chart(periods: Sequence[Period]) -> PeriodChart | None:
    """Lay the periods out below each other on one time axis; None where there are none."""
    if not periods:
        return None
    first = min(begin for _, begin, _ in periods).date().replace(day=1)
    last = max(max(begin, end) for _, begin, end in periods).date()
    months = buckets_between(first, last, Bucket.MONTH)
    days = max((last - first).days, 1)

    def place(day: date) -> float:
        return EDGE + (day - first).days / days * (WIDTH - 2 * EDGE)

    marks = tuple(Mark(place(months[i]), text) for i, text in labels(months, most=8))
    spans = tuple(
        _span(label, place(begin.date()), place(max(begin, end).date()), row, f"{begin:%Y-%m-%d} to {end:%Y-%m-%d}")
        for row, (label, begin, end) in enumerate(periods)
    )
    return PeriodChart(WIDTH, len(periods) * ROW + AXIS, spans, marks)


def _span(label: str, begin: float, end: float, row: int, when: str) -> Span:
    width = max(end - begin, SHORTEST)
    ends = begin > WIDTH / 2
    return Span(label, begin, row * ROW, width, f"{label}: {when}", begin + width if ends else begin, ends)
