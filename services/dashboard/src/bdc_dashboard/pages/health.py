"""`/health/`: every service and collector, for people and for monitors; 503 while something is wrong."""

import asyncio
import secrets

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from bdc_dashboard.health import Health, check_store
from bdc_dashboard.source.readiness import read_readiness
from bdc_dashboard.web.site import Site


async def health(site: Site, request: Request) -> Response:
    """Answer 200 or 503, in HTML where the client takes it, else in JSON; 401 without the token, if one is set."""
    if not _allowed(site, request):
        detail = "Send the token of HEALTH_CHECK_TOKEN as 'Authorization: Bearer …'."
        return JSONResponse({"status": "unauthorized", "detail": detail}, 401, {"WWW-Authenticate": "Bearer"})
    found = await read_health(site)
    status = 200 if found.healthy else 503
    if "text/html" in request.headers.get("accept", ""):
        return site.page(request, "health.html", status=status, health=found)
    return JSONResponse(found.document(), status)


async def read_health(site: Site) -> Health:
    """Ask every service and the store at once."""
    settings = site.settings
    store, services = await asyncio.gather(
        check_store(site.engine, settings.limits(), site.now(), settings.read_timeout),
        asyncio.gather(*(read_readiness(site.api, name) for name in site.api.services)),
    )
    return Health(store, tuple(services), settings.health_enforce_collector_freshness)


def _allowed(site: Site, request: Request) -> bool:
    token = site.settings.health_check_token.get_secret_value()
    given = request.headers.get("authorization", "")
    return not token or secrets.compare_digest(given.encode(), f"Bearer {token}".encode())
