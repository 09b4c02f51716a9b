"""A stacked bar chart over time."""

from dataclasses import dataclass
from itertools import accumulate
from typing import Final

from bdc_dashboard.charts.calendar import bucket_name, labels
from bdc_dashboard.charts.scale import scale_to
from bdc_dashboard.charts.timeline import Timeline

GAP: Final = 0.18  # share of a slot that stays empty between two bars


@dataclass(frozen=True, slots=True)
class Canvas:
    """The size of a chart and the margins that its labels need, in user units of the SVG."""

    width: float = 960
    height: float = 260
    left: float = 52
    right: float = 8
    top: float = 10
    bottom: float = 26

    @property
    def plot_width(self) -> float:
        """The width between the margins."""
        return self.width - self.left - self.right

    @property
    def plot_height(self) -> float:
        """The height between the margins."""
        return self.height - self.top - self.bottom


@dataclass(frozen=True, slots=True)
class Bar:
    """One coloured piece of a column; `row` is the index of its series."""

    row: int
    x: float
    y: float
    width: float
    height: float


@dataclass(frozen=True, slots=True)
class Column:
    """All pieces of one bucket, the slot that reacts to the pointer and the text that it shows."""

    x: float
    width: float
    title: str
    bars: tuple[Bar, ...]


@dataclass(frozen=True, slots=True)
class Mark:
    """A tick of an axis: its place along the axis and its label."""

    at: float
    label: str


@dataclass(frozen=True, slots=True)
class StackedChart:
    """Everything that is drawn, in user units."""

    canvas: Canvas
    names: tuple[str, ...]
    columns: tuple[Column, ...]
    x_marks: tuple[Mark, ...]
    y_marks: tuple[Mark, ...]


def stacked_chart(timeline: Timeline, canvas: Canvas = Canvas()) -> StackedChart:
    """Lay out one column per bucket, the series stacked in their order, on an axis from zero."""
    totals = [sum(values) for values in zip(*(row.values for row in timeline.rows), strict=True)]
    scale = scale_to(max(totals, default=0), most_ticks=max(3, int(canvas.plot_height // 45)))
    slot = canvas.plot_width / max(len(timeline.days), 1)
    unit = canvas.plot_height / scale.top
    floor = canvas.height - canvas.bottom
    return StackedChart(
        canvas,
        tuple(row.name for row in timeline.rows),
        tuple(_column(timeline, index, _Frame(canvas.left, slot, floor, unit)) for index in range(len(timeline.days))),
        tuple(Mark(canvas.left + (i + 0.5) * slot, text) for i, text in labels(timeline.days)),
        tuple(Mark(floor - value * unit, f"{value:,}") for value in scale.ticks),
    )


@dataclass(frozen=True, slots=True)
class _Frame:
    """Where columns stand: the left edge, a slot's width, the baseline and the height of one item."""

    left: float
    slot: float
    floor: float
    unit: float


def _column(timeline: Timeline, index: int, frame: _Frame) -> Column:
    x = frame.left + index * frame.slot
    values = [row.values[index] for row in timeline.rows]
    tops = accumulate(values)
    bars = tuple(
        Bar(row, x + frame.slot * GAP / 2, frame.floor - top * frame.unit, frame.slot * (1 - GAP), value * frame.unit)
        for row, (value, top) in enumerate(zip(values, tops, strict=True))
        if value
    )
    named = ", ".join(f"{row.name} {value:,}" for row, value in zip(timeline.rows, values, strict=True))
    return Column(x, frame.slot, f"{bucket_name(timeline.days[index], timeline.bucket)}: {named}", bars)
