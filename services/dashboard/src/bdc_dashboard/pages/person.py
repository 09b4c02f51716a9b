"""`/people/{id}`: one person, every profile with the reason why it belongs here, and what they wrote last."""

import asyncio
from typing import Final
from urllib.parse import quote

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from bdc_dashboard.answers import attempt
from bdc_dashboard.charts.periods import Period, period_chart
from bdc_dashboard.source.people import Person, read_person
from bdc_dashboard.source.search import Question, search
from bdc_dashboard.web.formats import title_of
from bdc_dashboard.web.site import Site

DOCUMENTS: Final = 20
PERIODS: Final = 24  # beyond it the chart is a wall; the profiles below list all


async def person(site: Site, request: Request) -> Response:
    """Show one person; 404 where identity knows nobody by this id, a redirect where the id is a former one."""
    person_id = request.path_params["person_id"]
    found, written = await asyncio.gather(
        attempt(read_person(site.api, person_id)),
        attempt(search(site.api, Question(person=person_id, limit=DOCUMENTS))),
    )
    if found.absent:
        raise HTTPException(404, "Nobody is known under this id. People who turned out to be one now share one page.")
    if found.value and found.value.id != person_id:
        return RedirectResponse(f"/people/{quote(found.value.id, safe='')}", 307)
    return site.page(
        request,
        "person.html",
        status=200 if found.value else 503,
        problem=found.problem,
        person=found.value,
        written=written,
        periods=period_chart(_periods(found.value)) if found.value else None,
    )


def _periods(person: Person) -> list[Period]:
    """Return when each context saw the person, longest first."""
    seen = [
        (f"{title_of(profile.platform)}: {context.context}", context.first_seen, context.last_seen)
        for profile in person.profiles
        for context in profile.contexts
    ]
    whole = [(label, first or last, last or first) for label, first, last in seen]
    dated = [(label, first, last) for label, first, last in whole if first and last]
    return sorted(dated, key=lambda one: one[1] - one[2])[:PERIODS]
