"""`/activity`: how much happened when, by source, with a choice of bars and range."""

from datetime import timedelta
from typing import Final

from starlette.requests import Request
from starlette.responses import Response

from bdc_dashboard.answers import attempt_all
from bdc_dashboard.pages.charts import fitting_bucket, period_of, read_history
from bdc_dashboard.source.activity import Bucket
from bdc_dashboard.source.summaries import read_summary
from bdc_dashboard.web.queries import ActivityQuery, parse
from bdc_dashboard.web.site import Site

YEAR: Final = timedelta(days=365)
RANGES: Final = (("90 days", timedelta(days=90)), ("1 year", YEAR), ("5 years", 5 * YEAR), ("10 years", 10 * YEAR))


async def activity(site: Site, request: Request) -> Response:
    """Show activity over time."""
    query = parse(ActivityQuery, request.query_params)
    bucket = query.bucket or await _legible(site, query)
    history = await read_history(site, site.sources, bucket, query.since, query.until)
    return site.page(
        request,
        "activity.html",
        query=query,
        bucket=bucket,
        buckets=tuple(Bucket),
        history=history,
        figures=history.apart() if query.view == "apart" else history.together(),
        ranges=[(label, site.today - length) for label, length in RANGES],
    )


async def _legible(site: Site, query: ActivityQuery) -> Bucket:
    """Choose the bucket by the range that was asked for, or by what there is."""
    first, last = query.since, query.until
    if first is None:
        answers = await attempt_all(read_summary(site.api, name) for name in site.sources)
        first, newest = period_of([answer.value for answer in answers if answer.value])
        last = last or newest
    return fitting_bucket(first, last or site.today)
