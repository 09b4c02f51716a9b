"""`/people/{id}/why`: what makes one person of several accounts, drawn and in words."""

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from bdc_dashboard.answers import attempt
from bdc_dashboard.charts.graph import graph_chart
from bdc_dashboard.source.decisions import read_graph
from bdc_dashboard.source.people import read_person
from bdc_dashboard.web.site import Site


async def why(site: Site, request: Request) -> Response:
    """Draw the accounts of a person and what joins them."""
    person_id = request.path_params["person_id"]
    person = await attempt(read_person(site.api, person_id))
    graph = await attempt(read_graph(site.api, person_id))
    if person.absent or graph.absent:
        raise HTTPException(404, "Nobody is known under this id. People who turned out to be one now share one page.")
    drawn = graph.value
    return site.page(
        request,
        "why.html",
        status=200 if drawn else 503,
        problem=graph.problem,
        person_id=person_id,
        name=(person.value.name if person.value else None) or person_id,
        graph=drawn,
        chart=graph_chart(drawn) if drawn else None,
        accounts={profile.id: profile for profile in drawn.profiles} if drawn else {},
    )
