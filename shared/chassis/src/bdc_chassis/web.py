"""The HTTP side of `serve`: health, metrics and documents at once, the service's own routes once it is wired."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import TYPE_CHECKING, Any

from bdc_contracts import Event
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Mount, Route
from starlette.types import Receive, Scope, Send

from bdc_chassis import metrics
from bdc_chassis.api_documents import openapi
from bdc_chassis.api_errors import HANDLERS
from bdc_chassis.bus.asyncapi import asyncapi
from bdc_chassis.health import Readiness

if TYPE_CHECKING:
    from bdc_chassis.bus import Projection

UNAVAILABLE = 503


class Front:
    """The ASGI application of a service, from before it is wired until it stops.

    `check` is what `/health/ready` asks, None while NATS or PostgreSQL is awaited; `failure` is why the process must be
    restarted.
    """

    def __init__(
        self, service: str, projections: "Sequence[Projection]", publishes: Sequence[type[Event]] = ()
    ) -> None:
        self.service = service
        self.waiting_for = "starting"
        self.failure: str | None = None
        self.check: Callable[[], Awaitable[Readiness]] | None = None
        self.consumers: metrics.ConsumerCollector | None = None
        self.routes: Sequence[BaseRoute] = ()
        self.projections = projections
        self.publishes = publishes
        self._inner: Starlette | None = None
        self.app = Starlette(
            routes=[
                Route("/health/live", self._live, include_in_schema=False),
                Route("/health/ready", self._ready, include_in_schema=False),
                Route("/metrics", self._metrics, include_in_schema=False),
                Route("/openapi.json", self._openapi, include_in_schema=False),
                Route("/asyncapi.json", self._asyncapi, include_in_schema=False),
                Mount("/", self._service),
            ]
        )

    def open(self, routes: Sequence[BaseRoute]) -> None:
        """Begin to answer the service's own routes."""
        self.routes = routes
        self._inner = Starlette(routes=list(routes), exception_handlers=HANDLERS)

    def close(self, reason: str, *, failed: bool) -> None:
        """Stop being ready; with `failed`, stop being alive too, so that the supervisor starts the process again."""
        self.check = None
        self.waiting_for = reason
        self.failure = reason if failed else None

    async def _live(self, _request: Request) -> Response:
        if self.failure is not None:
            return JSONResponse({"status": "failed", "reason": self.failure}, UNAVAILABLE)
        return JSONResponse({"status": "ok"})

    async def _ready(self, _request: Request) -> Response:
        if self.check is None:
            document: dict[str, Any] = {"status": "starting", "service": self.service, "checks": {}}
            document["checks"]["start"] = {"ok": False, "problem": self.waiting_for}
            return JSONResponse(document, UNAVAILABLE)
        state = await self._checked()
        return JSONResponse(state.to_dict(), 200 if state.ready else UNAVAILABLE)

    async def _metrics(self, _request: Request) -> Response:
        if self.check is not None:
            await self._checked()
        return Response(metrics.render(self.consumers), media_type=metrics.CONTENT_TYPE)

    async def _checked(self) -> Readiness:
        assert self.check is not None  # noqa: S101  (both callers looked)
        state = await self.check()
        if self.consumers is not None:
            self.consumers.readiness = state
        return state

    async def _openapi(self, _request: Request) -> Response:
        return JSONResponse(openapi(self.service, self.routes))

    async def _asyncapi(self, _request: Request) -> Response:
        return JSONResponse(await asyncio.to_thread(asyncapi, self.service, self.projections, self.publishes))

    async def _service(self, scope: Scope, receive: Receive, send: Send) -> None:
        inner = self._inner or JSONResponse({"error": f"not ready: {self.waiting_for}"}, UNAVAILABLE)
        await inner(scope, receive, send)
