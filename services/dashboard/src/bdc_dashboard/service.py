"""Wires the dashboard into the chassis: the projection of runs, the pages, and the schedule that health judges by."""

import asyncio
import logging
from collections.abc import Sequence
from typing import Final

import httpx
from bdc_chassis.service import Service, ServiceContext, run
from bdc_contracts import PersonErased
from starlette.routing import BaseRoute, Mount

from bdc_dashboard.answers import STORE_ERRORS
from bdc_dashboard.forgetting import forgetting_projection
from bdc_dashboard.projector import RUNS
from bdc_dashboard.settings import DashboardSettings
from bdc_dashboard.source.client import ReadApi
from bdc_dashboard.store import expect_collectors
from bdc_dashboard.web.app import build_app
from bdc_dashboard.web.site import Site, utc_now

RETRY_SECONDS: Final = 5.0

log = logging.getLogger(__name__)


def routes(context: ServiceContext) -> Sequence[BaseRoute]:
    """Return the pages; other services are asked directly, never through a proxy."""
    settings: DashboardSettings = context.settings
    http = httpx.AsyncClient(timeout=settings.read_timeout, trust_env=False)
    site = Site(settings, ReadApi(http, settings.service_urls), context.engine)
    return [Mount("/", app=build_app(site))]


async def remember_schedule(context: ServiceContext) -> None:
    """Store since when each scheduled collector is expected, once the database can; then wait for the end."""
    settings: DashboardSettings = context.settings
    remembered = False
    while not remembered:
        try:
            async with context.engine.begin() as tx:
                await expect_collectors(tx, settings.scheduled_collectors, utc_now())
            remembered = True
        except STORE_ERRORS:
            log.warning("the schedule is not remembered yet: the database does not answer or `migrate` has not run")
            await asyncio.sleep(RETRY_SECONDS)
    await asyncio.Event().wait()


SERVICE: Final = Service(
    name="dashboard",
    settings=DashboardSettings,
    projections=lambda _: (RUNS, forgetting_projection()),
    publishes=(PersonErased,),
    routes=routes,
    background=(remember_schedule,),
)


def main() -> None:
    """Run `bdc-dashboard`."""
    run(SERVICE)
