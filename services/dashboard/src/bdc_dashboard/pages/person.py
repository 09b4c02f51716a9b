"""`/people/{id}`: one person, every profile with the reason why it belongs here, and what they wrote last."""

from datetime import datetime
from typing import Final
from urllib.parse import quote

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from bdc_dashboard.answers import attempt
from bdc_dashboard.charts.periods import Period, period_chart
from bdc_dashboard.pages.review import decided
from bdc_dashboard.source.decisions import names, read_history
from bdc_dashboard.source.people import Person, read_person
from bdc_dashboard.source.search import Hit, Question, search
from bdc_dashboard.web.csrf import form_key, remember
from bdc_dashboard.web.formats import title_of
from bdc_dashboard.web.queries import PersonQuery, parse
from bdc_dashboard.web.site import Site

SHOWN: Final = 20
PERIODS: Final = 24  # beyond it the chart is a wall; the profiles below list all


async def person(site: Site, request: Request) -> Response:
    """Show one person; 404 where identity knows nobody by this id, a redirect where the id is a former one."""
    person_id = request.path_params["person_id"]
    found = await attempt(read_person(site.api, person_id))
    if found.absent:
        raise HTTPException(404, "Nobody is known under this id. People who turned out to be one now share one page.")
    if found.value and found.value.id != person_id:
        return RedirectResponse(f"/people/{quote(found.value.id, safe='')}", 307)
    key = form_key(request)
    page = site.page(
        request,
        "person.html",
        status=200 if found.value else 503,
        problem=found.problem,
        person=found.value,
        written=await attempt(_written(site, found.value)) if found.value else None,
        periods=period_chart(_periods(found.value)) if found.value else None,
        history=await attempt(read_history(site.api, person_id)) if found.value else None,
        done=await decided(site, parse(PersonQuery, request.query_params).done),
        may_decide=site.may_decide,
        names=names,
        key=key,
    )
    remember(request, page, key)
    return page


async def _written(site: Site, person: Person) -> tuple[Hit, ...]:
    """Return documents of the person, newest first."""
    found = await search(site.api, Question(person=person.id, limit=SHOWN))
    return found.results


def _periods(person: Person) -> list[Period]:
    """Return when each context saw the person under any profile, longest first."""
    seen = [
        (f"{title_of(profile.platform)}: {context.context}", context.first_seen, context.last_seen)
        for profile in person.profiles
        for context in profile.contexts
    ]
    met: dict[str, list[datetime]] = {}
    for label, *moments in seen:
        met.setdefault(label, []).extend(moment for moment in moments if moment)
    periods = [(label, min(moments), max(moments)) for label, moments in met.items() if moments]
    return sorted(periods, key=lambda one: one[1] - one[2])[:PERIODS]
