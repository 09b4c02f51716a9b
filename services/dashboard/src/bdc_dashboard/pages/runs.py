"""`/runs`: what the collectors did, newest first, and finished replays."""

import asyncio
from typing import Final

from bdc_contracts import Outcome
from starlette.requests import Request
from starlette.responses import Response

from bdc_dashboard.answers import attempt
from bdc_dashboard.runs import Replay, Run
from bdc_dashboard.store import collectors, newest_replays, newest_runs
from bdc_dashboard.web.queries import RunsQuery, parse
from bdc_dashboard.web.site import Site

PAGE: Final = 50
REPLAYS: Final = 20

Found = tuple[tuple[Run, ...], tuple[Replay, ...], tuple[str, ...]]


async def runs(site: Site, request: Request) -> Response:
    """List runs; one more than a page is read, to know whether there is a next page."""
    query = parse(RunsQuery, request.query_params)
    answer = await attempt(_read(site, query))
    listed, replays, names = answer.value or ((), (), ())
    return site.page(
        request,
        "runs.html",
        query=query,
        problem=answer.problem,
        runs=listed[:PAGE],
        replays=replays,
        collectors=names,
        outcomes=tuple(Outcome),
        before=max(query.offset - PAGE, 0) if query.offset else None,
        after=query.offset + PAGE if len(listed) > PAGE else None,
    )


async def _read(site: Site, query: RunsQuery) -> Found:
    async with asyncio.timeout(site.settings.read_timeout), site.engine.connect() as tx:
        outcome = query.outcome.value if query.outcome else ""
        listed = await newest_runs(tx, collector=query.collector, outcome=outcome, limit=PAGE + 1, offset=query.offset)
        return listed, await newest_replays(tx, REPLAYS), await collectors(tx)
