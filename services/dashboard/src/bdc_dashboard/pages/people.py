"""`/people`: everybody who was seen, found by name or address."""

import asyncio
from typing import Final

from starlette.requests import Request
from starlette.responses import Response

from bdc_dashboard.answers import attempt
from bdc_dashboard.source.people import IDENTITY, find_people
from bdc_dashboard.source.summaries import read_summary
from bdc_dashboard.web.queries import PeopleQuery, parse
from bdc_dashboard.web.site import Site

PAGE: Final = 50


async def people(site: Site, request: Request) -> Response:
    """List people; one more than a page is asked for, to know whether there is a next page."""
    query = parse(PeopleQuery, request.query_params)
    found, summary = await asyncio.gather(
        attempt(find_people(site.api, query.query, PAGE + 1, query.offset)), attempt(read_summary(site.api, IDENTITY))
    )
    lines = found.value.people if found.value else ()
    return site.page(
        request,
        "people.html",
        query=query,
        problem=found.problem,
        people=lines[:PAGE],
        total=found.value.total if found.value else None,
        summary=summary.value,
        before=max(query.offset - PAGE, 0) if query.offset else None,
        after=query.offset + PAGE if len(lines) > PAGE else None,
    )
