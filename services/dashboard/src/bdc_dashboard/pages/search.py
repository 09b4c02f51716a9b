"""`/search`: documents that answer a question, with what matched."""

from starlette.requests import Request
from starlette.responses import Response

from bdc_dashboard.answers import Answer, attempt
from bdc_dashboard.source.search import Question, Results, search
from bdc_dashboard.web.queries import SearchQuery, parse
from bdc_dashboard.web.site import Site


async def search_page(site: Site, request: Request) -> Response:
    """Show the form and, where something is asked, the results."""
    query = parse(SearchQuery, request.query_params)
    answer: Answer[Results] | None = None
    if query.q:
        answer = await attempt(search(site.api, Question(**query.model_dump())))
    return site.page(request, "search.html", query=query, answer=answer)
