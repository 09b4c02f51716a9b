"""How far a service's store is, and what it says that it holds."""

from collections.abc import Sequence
from typing import Any

import httpx
from bdc_chassis.bus import Bus, Projection
from bdc_chassis.service import Service, ServiceContext
from bdc_chassis.settings import ServiceSettings
from bdc_contracts.streams import FACTS
from sqlalchemy.ext.asyncio import AsyncEngine
from starlette.applications import Starlette


async def behind(bus: Bus, projections: Sequence[Projection]) -> int:
    """Return how many messages wait for the projections or are in their work."""
    consumers = [await bus.js.consumer_info(FACTS.name, each.durable) for each in projections]
    return sum((each.num_pending or 0) + (each.num_ack_pending or 0) for each in consumers)


async def summary(service: Service, settings: ServiceSettings, bus: Bus, engine: AsyncEngine) -> dict[str, Any]:
    """Return what the service says of itself in its read API."""
    routes = service.routes(ServiceContext(settings, bus, engine)) if service.routes else ()
    transport = httpx.ASGITransport(Starlette(routes=list(routes)))
    async with httpx.AsyncClient(transport=transport, base_url="http://bench") as client:
        answer: dict[str, Any] = (await client.get("/v1/summary")).json()
    return answer
