"""The dashboard as an ASGI application: its pages, assets, error pages and security headers."""

from collections.abc import Awaitable, Callable
from http import HTTPStatus
from typing import Final

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles
from starlette.types import ASGIApp, Scope

from bdc_dashboard.pages.activity import activity
from bdc_dashboard.pages.decide import decisions
from bdc_dashboard.pages.health import health
from bdc_dashboard.pages.overview import overview
from bdc_dashboard.pages.people import people
from bdc_dashboard.pages.person import person
from bdc_dashboard.pages.review import review
from bdc_dashboard.pages.runs import runs
from bdc_dashboard.pages.search import search_page
from bdc_dashboard.pages.why import why
from bdc_dashboard.web.rendering import PACKAGE
from bdc_dashboard.web.security import SecurityHeaders
from bdc_dashboard.web.site import Site

Page = Callable[[Site, Request], Awaitable[Response]]

PAGES: Final[tuple[tuple[str, Page], ...]] = (
    ("/", overview),
    ("/activity", activity),
    ("/people", people),
    ("/people/{person_id}", person),
    ("/people/{person_id}/why", why),
    ("/review", review),
    ("/search", search_page),
    ("/runs", runs),
    ("/health/", health),
)


class Assets(StaticFiles):
    """Static files of the package; their addresses hold a digest, so browsers may keep them."""

    async def get_response(self, path: str, scope: Scope) -> Response:
        """Return the file, cacheable for a year."""
        response = await super().get_response(path, scope)
        response.headers["Cache-Control"] = "public, max-age=31536000, immutable"
        return response


def build_app(site: Site) -> ASGIApp:
    """Return the application that shows `site`."""
    routes = [Route(path, _bound(site, page), methods=["GET"]) for path, page in PAGES]
    decide = Route("/decisions", _bound(site, decisions), methods=["POST"])
    assets = Mount("/static", Assets(packages=[(PACKAGE, "static")]))
    handlers = {HTTPException: _problem(site), Exception: _failure(site)}
    return SecurityHeaders(Starlette(routes=[*routes, decide, assets], exception_handlers=handlers))


def _bound(site: Site, page: Page) -> Callable[[Request], Awaitable[Response]]:
    async def endpoint(request: Request) -> Response:
        return await page(site, request)

    return endpoint


def _problem(site: Site) -> Callable[[Request, Exception], Awaitable[Response]]:
    async def show(request: Request, error: Exception) -> Response:
        assert isinstance(error, HTTPException)  # noqa: S101  (registered for it alone)
        phrase = HTTPStatus(error.status_code).phrase
        reason = error.detail if error.detail != phrase else _reason(error.status_code)
        page = site.page(request, "problem.html", status=error.status_code, heading=phrase, reason=reason)
        page.headers.update(error.headers or {})
        return page

    return show


def _failure(site: Site) -> Callable[[Request, Exception], Awaitable[Response]]:
    async def show(request: Request, _: Exception) -> Response:
        reason = "This page could not be built. The log of the dashboard says why; other pages may work."
        return site.page(request, "problem.html", status=500, heading="Something went wrong", reason=reason)

    return show


def _reason(status: int) -> str:
    if status == HTTPStatus.NOT_FOUND:
        return "There is no such page. The address may be mistyped, or the page may be gone."
    return "This page does not answer such requests."
