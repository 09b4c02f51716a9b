"""Days, weeks and months in a row, and which of them get a label on the time axis."""

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Final

from bdc_dashboard.source.activity import Bucket

DAY_STEPS: Final = (1, 2, 7, 14)
MONTH_STEPS: Final = (1, 3, 6, 12, 24, 60, 120, 240, 600, 1200, 6000)
SHORT_MONTHS: Final = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


def floor_to(day: date, bucket: Bucket) -> date:
    """Return the first day of the bucket that holds `day` (weeks begin on Monday)."""
    if bucket is Bucket.MONTH:
        return day.replace(day=1)
    if bucket is Bucket.WEEK:
        return day - timedelta(days=min(day.weekday(), day.toordinal() - 1))
    return day


def following(day: date, bucket: Bucket) -> date:
    """Return the first day of the bucket after the one that begins on `day`.

    Raises:
        OverflowError: the calendar ends there.
    """
    if bucket is Bucket.MONTH:
        year, month = divmod(day.year * 12 + day.month, 12)
        if year > date.max.year:
            raise OverflowError("the calendar ends in December 9999")
        return date(year, month + 1, 1)
    return day + timedelta(days=7 if bucket is Bucket.WEEK else 1)


def buckets_between(first: date, last: date, bucket: Bucket) -> tuple[date, ...]:
    """Return the first day of every bucket from the one of `first` to the one of `last`."""
    days = [floor_to(first, bucket)]
    while (after := following(days[-1], bucket)) <= last:
        days.append(after)
    return tuple(days)


def bucket_name(day: date, bucket: Bucket) -> str:
    """Return how a bucket is called in text: `Mar 2024`, `week of 4 Mar 2024`, `4 Mar 2024`."""
    month = f"{SHORT_MONTHS[day.month - 1]} {day.year}"
    if bucket is Bucket.MONTH:
        return month
    return f"week of {day.day} {month}" if bucket is Bucket.WEEK else f"{day.day} {month}"


def labels(days: Sequence[date], most: int = 10) -> tuple[tuple[int, str], ...]:
    """Return at most `most` labels: the index of the bucket and the text below it.

    Labels stand at calendar marks (every year, quarter, week …), the finest that fits.
    """
    for step in DAY_STEPS:
        marks = [index for index, day in enumerate(days) if _on_day_mark(day, step)]
        if _dense(days) and 0 < len(marks) <= most:
            return tuple((i, f"{days[i].day} {SHORT_MONTHS[days[i].month - 1]}") for i in marks)
    for step in MONTH_STEPS:
        marks = [index for index in range(len(days)) if _begins(days, index, step)]
        if len(marks) <= most and marks:
            return tuple((i, _month_label(days[i], step, first=i == marks[0])) for i in marks)
    return ((0, str(days[0].year)),) if days else ()


def _dense(days: Sequence[date]) -> bool:
    """Whether labels by day make sense: neighbours are less than a month apart."""
    return len(days) > 1 and (days[1] - days[0]).days < 28  # noqa: PLR2004  (the shortest month)


def _on_day_mark(day: date, step: int) -> bool:
    return (day.toordinal() - 1) % step == 0


def _begins(days: Sequence[date], index: int, step: int) -> bool:
    """Whether a new period of `step` months begins in this bucket (and not merely goes on from before the chart)."""
    here = days[index]
    if index == 0:
        return here.day == 1 and (here.year * 12 + here.month - 1) % step == 0
    before = days[index - 1]
    return (here.year * 12 + here.month - 1) // step != (before.year * 12 + before.month - 1) // step


def _month_label(day: date, step: int, *, first: bool) -> str:
    if step >= 12:  # noqa: PLR2004  (months of a year)
        return str(day.year)
    name = SHORT_MONTHS[day.month - 1]
    return f"{name} {day.year}" if first or day.month <= step else name
