"""A site against real HTTP: a local server speaks the read APIs of the other services, as `read_apis.json` has them."""

import asyncio
import json
import socket
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import pytest
import uvicorn
from bdc_dashboard.service import SERVICE
from bdc_dashboard.settings import DashboardSettings
from bdc_dashboard.source.client import ReadApi
from bdc_dashboard.web.app import build_app
from bdc_dashboard.web.site import Site
from hypothesis import settings as hypothesis_settings
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

hypothesis_settings.register_profile("shared-machine", deadline=None)
hypothesis_settings.load_profile("shared-machine")

NOW = datetime(2026, 11, 22, 9, 0, tzinfo=UTC)
SERVICES = ("github", "mailing", "identity", "indexer")


@dataclass
class ReadApis:
    """The other services: what they answer can be changed, what they were asked can be read."""

    url: str
    bodies: dict[str, Any]
    statuses: dict[str, int] = field(default_factory=dict)
    silent: set[str] = field(default_factory=set)
    asked: list[tuple[str, dict[str, str]]] = field(default_factory=list)
    sent: list[tuple[str, str, Any]] = field(default_factory=list)
    answer: tuple[Any, int] = ({"id": "d-1", "in_force": True}, 201)

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        request = Request(scope, receive)
        self.asked.append((request.url.path, dict(request.query_params)))
        if request.method == "POST":
            self.sent.append((request.url.path, request.headers.get("authorization", ""), await request.json()))
            await JSONResponse(*self.answer)(scope, receive, send)
            return
        if request.url.path in self.silent:
            await asyncio.sleep(30)
        await self._answer(request.url.path)(scope, receive, send)

    def _answer(self, path: str) -> Response:
        body = self.bodies.get(path)
        status = self.statuses.get(path, 404 if body is None else 200)
        return Response(body, status) if isinstance(body, bytes) else JSONResponse(body, status)


async def serve(app: Any) -> AsyncIterator[str]:
    """Serve an ASGI application on a free local port."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        config = uvicorn.Config(app, log_level="critical", lifespan="off", timeout_graceful_shutdown=1)
        server = uvicorn.Server(config)
        running = asyncio.create_task(server.serve(sockets=[listener]))
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
        server.should_exit = True
        await running


@pytest.fixture
async def read_apis() -> AsyncIterator[ReadApis]:
    bodies = json.loads((Path(__file__).parent / "read_apis.json").read_text("utf-8"))
    apis = ReadApis("", bodies)
    async for url in serve(apis):
        apis.url = url
        yield apis


@pytest.fixture
async def engine(service_database: Any) -> Any:
    return await service_database(SERVICE)


@pytest.fixture
async def make_site(read_apis: ReadApis, engine: Any) -> AsyncIterator[Callable[..., Site]]:
    async with httpx.AsyncClient(timeout=1.0, trust_env=False) as http:

        def make(**settings: Any) -> Site:
            urls = {name: f"{read_apis.url}/{name}" for name in SERVICES}
            chosen = DashboardSettings(**({"service_urls": urls} | settings))
            return Site(chosen, ReadApi(http, chosen.service_urls), engine, lambda: NOW)

        yield make


@pytest.fixture
def browser() -> Callable[[Site], httpx.AsyncClient]:
    def open_site(site: Site) -> httpx.AsyncClient:
        transport = httpx.ASGITransport(build_app(site), raise_app_exceptions=False)
        return httpx.AsyncClient(transport=transport, base_url="http://dashboard")

    return open_site


@pytest.fixture
def serving() -> Callable[[Any], AsyncIterator[str]]:
    return serve


@pytest.fixture
def now() -> datetime:
    return NOW
