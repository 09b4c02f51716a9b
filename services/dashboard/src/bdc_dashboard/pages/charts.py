"""The activity of all sources as a chart with its data."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final

from bdc_dashboard.answers import attempt_all
from bdc_dashboard.charts.stacked import Canvas, StackedChart, stacked_chart
from bdc_dashboard.charts.timeline import Timeline, timeline_of
from bdc_dashboard.source.activity import Bucket, read_activity
from bdc_dashboard.source.summaries import Summary
from bdc_dashboard.web.formats import title_of, words
from bdc_dashboard.web.site import Site

SMALL: Final = Canvas(height=150)
DAYS_BY_DAY: Final = 92
DAYS_BY_WEEK: Final = 3 * 366


@dataclass(frozen=True, slots=True)
class Figure:
    """A chart, the numbers that it shows and the index of its first series' colour."""

    chart: StackedChart
    timeline: Timeline
    colour: int = 0


@dataclass(frozen=True, slots=True)
class History:
    """The activity of every source that answered, and the problems of those that did not."""

    timeline: Timeline
    problems: tuple[str, ...]

    def together(self) -> list[Figure]:
        """One chart, series stacked."""
        return [Figure(stacked_chart(self.timeline), self.timeline)] if self.timeline.days else []

    def apart(self) -> list[Figure]:
        """A chart for each series, each on its own scale, over the same time."""
        line = self.timeline
        single = [Timeline(line.bucket, line.days, (row,), 0) for row in line.rows if line.days]
        return [Figure(stacked_chart(one, SMALL), one, colour) for colour, one in enumerate(single)]


async def read_history(
    site: Site, sources: Sequence[str], bucket: Bucket, since: date | None = None, until: date | None = None
) -> History:
    """Ask all `sources` at once and put their series on one row of buckets."""
    answers = await attempt_all(read_activity(site.api, name, bucket, since, until) for name in sources)
    series = [
        (f"{title_of(name)}: {words(one.name)}", one.points)
        for name, answer in zip(sources, answers, strict=True)
        for one in (answer.value.series if answer.value else ())
    ]
    problems = tuple(answer.problem for answer in answers if answer.problem and not answer.absent)
    return History(timeline_of(series, bucket, site.today), problems)


def fitting_bucket(first: date | None, last: date | None) -> Bucket:
    """Return the finest bucket that stays legible over the whole range."""
    days = (last - first).days if first and last else DAYS_BY_WEEK
    if days <= DAYS_BY_DAY:
        return Bucket.DAY
    return Bucket.WEEK if days < DAYS_BY_WEEK else Bucket.MONTH


def period_of(summaries: Sequence[Summary]) -> tuple[date | None, date | None]:
    """Return the first and the last day of all summaries together."""
    first = min((one.first for one in summaries if one.first), default=None)
    last = max((one.last for one in summaries if one.last), default=None)
    return _day(first), _day(last)


def _day(moment: datetime | None) -> date | None:
    return moment.date() if moment else None
