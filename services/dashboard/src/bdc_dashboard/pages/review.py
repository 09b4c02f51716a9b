"""`/review`: one pair of people who may be one, side by side, to be decided with one key."""

import asyncio
from typing import Final

from starlette.requests import Request
from starlette.responses import Response

from bdc_dashboard.answers import Answer, attempt
from bdc_dashboard.source.decisions import Candidate, Decision, names, read_candidates, read_decision
from bdc_dashboard.source.people import Person, read_person
from bdc_dashboard.web.csrf import form_key, remember
from bdc_dashboard.web.queries import ReviewQuery, parse
from bdc_dashboard.web.site import Site

ONE: Final = 1


async def review(site: Site, request: Request) -> Response:
    """Show the pair at the asked place of the queue."""
    query = parse(ReviewQuery, request.query_params)
    found = await attempt(read_candidates(site.api, ONE, query.offset))
    pair = found.value.candidates[0] if found.value and found.value.candidates else None
    sides = await _sides(site, pair) if pair else ()
    key = form_key(request)
    page = site.page(
        request,
        "review.html",
        status=200 if found.value else 503,
        problem=found.problem,
        total=found.value.total if found.value else 0,
        offset=query.offset,
        pair=pair,
        sides=sides,
        may_decide=site.may_decide,
        done=await decided(site, query.done),
        names=names,
        key=key,
    )
    remember(request, page, key)
    return page


async def decided(site: Site, decision_id: str) -> Decision | None:
    """Return the decision that led to this page, if one did."""
    return (await attempt(read_decision(site.api, decision_id))).value if decision_id else None


async def _sides(site: Site, pair: Candidate) -> tuple[Answer[Person], ...]:
    """Return all that is known of both, asked for at once."""
    people = (pair.left_person, pair.right_person)
    return tuple(await asyncio.gather(*(attempt(read_person(site.api, one.id)) for one in people)))
