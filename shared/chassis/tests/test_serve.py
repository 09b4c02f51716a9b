"""`serve`: waits for what it needs, says how it is, drains when asked, and ends when a part of it does."""

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import pytest
from bdc_chassis.bus import Bus, Projection, Publisher, Received, ensure_consumers
from bdc_chassis.errors import CommandError, NetworkError, ValidationFailed
from bdc_chassis.http_server import HttpServer
from bdc_chassis.replay import ask_replay, replay_request
from bdc_chassis.serve import TaskEnded, serve
from bdc_chassis.service import Service, ServiceContext
from bdc_chassis.settings import ServiceSettings
from bdc_chassis.web import Front
from bdc_contracts import Event, ReplayRequested, RepositorySeen
from bdc_contracts.streams import FACTS
from sqlalchemy import text
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

DURABLE = "github-store"


def seen(name: str) -> RepositorySeen:
    return RepositorySeen(
        repository=name, name=name, url=f"file:///{name}", observed_at=datetime(2026, 1, 1, tzinfo=UTC)
    )


async def count_in_place(tx: Any, batch: Sequence[Received[Any]]) -> Sequence[Event]:
    await tx.execute(
        text("INSERT INTO seen SELECT unnest(CAST(:names AS text[]))"), {"names": [each.event.name for each in batch]}
    )
    return ()


async def replay(tx: Any, request: ReplayRequested) -> AsyncIterator[Event]:
    for (name,) in await tx.execute(text("SELECT DISTINCT name FROM seen ORDER BY name")):
        if not request.keys or name in request.keys:
            yield seen(name)


def routes(context: ServiceContext) -> list[Route]:
    async def names(request: Request) -> JSONResponse:
        """Return the repositories that were seen."""
        async with context.engine.connect() as tx:
            rows = await tx.execute(text("SELECT DISTINCT name FROM seen ORDER BY name"))
        return JSONResponse([name for (name,) in rows])

    async def fail(request: Request) -> JSONResponse:
        raise FAILURES[request.path_params["how"]]

    return [Route("/v1/names", names), Route("/v1/fail/{how}", fail)]


FAILURES = {
    "refused": HTTPException(404, "nobody is known under this id"),
    "wrong": ValidationFailed("`since` is not a date: write 2026-01-31"),
    "away": NetworkError("PostgreSQL does not answer at ann:hunter2@db"),
    "bug": KeyError("secret column"),
}
DELAYED_ACKNOWLEDGEMENT_SECONDS = 0.04

SERVICE = Service(
    "github",
    projections=lambda _settings: [Projection(DURABLE, (RepositorySeen,), count_in_place)],
    publishes=(RepositorySeen,),
    replay=replay,
    routes=routes,
)


@pytest.fixture
def settings(make_settings: Callable[..., ServiceSettings], tmp_path: Path) -> ServiceSettings:
    return make_settings(ServiceSettings, port_file=tmp_path / "port", drain_seconds=5)


@pytest.fixture
async def store(settings: ServiceSettings) -> AsyncIterator[None]:
    from bdc_chassis.store import create_engine  # noqa: PLC0415

    engine = create_engine(settings, "github")
    async with engine.begin() as tx:
        await tx.execute(text("CREATE TABLE public.seen (name text)"))
        await tx.execute(text("GRANT ALL ON public.seen TO PUBLIC"))
    yield
    await engine.dispose()


class Running:
    def __init__(self, url: str, stop: asyncio.Event) -> None:
        self.client = httpx.AsyncClient(base_url=url)
        self.stop = stop

    async def get(self, path: str) -> httpx.Response:
        return await self.client.get(path)

    async def until(self, path: str, wanted: Callable[[httpx.Response], bool]) -> httpx.Response:
        async with asyncio.timeout(15):
            while not wanted(response := await self.get(path)):  # noqa: ASYNC110  (another process could answer)
                await asyncio.sleep(0.02)
        return response


@asynccontextmanager
async def running(service: Service, settings: ServiceSettings) -> AsyncIterator[Running]:
    stop = asyncio.Event()
    task = asyncio.create_task(serve(service, settings, stop=stop))
    assert settings.port_file is not None
    async with asyncio.timeout(15):
        while not settings.port_file.exists():
            if task.done():
                task.result()
            await asyncio.sleep(0.01)
    process = Running(f"http://127.0.0.1:{settings.port_file.read_text()}", stop)
    async with process.client:
        try:
            yield process
        finally:
            stop.set()
            await asyncio.wait_for(task, 20)


def ready(response: httpx.Response) -> bool:
    return response.status_code == 200


async def publish(bus: Bus, *names: str) -> None:
    async with Publisher(bus) as publisher:
        for name in names:
            await publisher.publish(seen(name))


async def test_events_reach_the_store_and_the_read_api(bus, settings, store):
    await ensure_consumers(bus.js, "github", SERVICE.projections(settings))
    async with running(SERVICE, settings) as process:
        await publish(bus, "json", "asio")
        response = await process.until("/v1/names", lambda response: len(response.json()) == 2)
        assert response.json() == ["asio", "json"]
        state = await process.until("/health/ready", ready)
        assert set(state.json()["checks"]) == {"bus", "database", f"consumer {DURABLE}", "consumer github-replay"}


async def test_a_deleted_consumer_makes_the_service_unready(bus, settings, store):
    await ensure_consumers(bus.js, "github", SERVICE.projections(settings))
    async with running(SERVICE, settings) as process:
        await process.until("/health/ready", ready)
        await bus.js.delete_consumer(FACTS.name, DURABLE)
        response = await process.until("/health/ready", lambda response: not ready(response))

        check = response.json()["checks"][f"consumer {DURABLE}"]
        assert "does not exist" in check["problem"]
        assert (await process.get("/health/live")).status_code == 200


async def test_too_much_lag_makes_the_service_unready(bus, settings, store):
    async def stuck(_tx: Any, _batch: Sequence[Received[Any]]) -> Sequence[Event]:
        raise TimeoutError("something is away")

    service = replace(SERVICE, projections=lambda _settings: [Projection(DURABLE, (RepositorySeen,), stuck, batch=1)])
    await ensure_consumers(bus.js, "github", service.projections(settings))
    await publish(bus, *(f"r{number}" for number in range(30)))
    async with running(service, settings.model_copy(update={"lag_limit": 5})) as process:
        response = await process.until(
            "/health/ready", lambda response: f"consumer {DURABLE}" in response.json()["checks"]
        )

        assert response.status_code == 503


async def test_metrics_count_what_consumers_did(bus, settings, store):
    await ensure_consumers(bus.js, "github", SERVICE.projections(settings))
    async with running(SERVICE, settings) as process:
        await publish(bus, "json")
        wanted = f'bdc_consumer_acked_total{{durable="{DURABLE}"}} 1.0'
        response = await process.until("/metrics", lambda response: wanted in response.text)

        assert f'bdc_consumer_lag{{durable="{DURABLE}"}} 0.0' in response.text


async def test_a_replay_publishes_copies_and_says_when_it_is_done(bus, settings, store):
    await ensure_consumers(bus.js, "github", SERVICE.projections(settings))
    async with running(SERVICE, settings) as process:
        await publish(bus, "json", "asio")
        await process.until("/v1/names", lambda response: len(response.json()) == 2)
        before = (await bus.js.stream_info(FACTS.name)).state.messages
        async with asyncio.timeout(15):
            finished = await ask_replay(settings, replay_request("github", keys=["json"], target="indexer"), wait=True)

        assert (finished["events"], finished["error"]) == (1, None)
        copy = await bus.js.get_last_msg(FACTS.name, RepositorySeen.subscription())
        assert copy.headers["bdc-replay"] == finished["request_id"]
        assert copy.headers["ce-id"] == seen("json").event_id()
        assert (await bus.js.stream_info(FACTS.name)).state.messages == before + 2


async def test_a_replay_that_fails_says_why(bus, settings, store):
    async def broken(_tx: Any, _request: ReplayRequested) -> AsyncIterator[Event]:
        raise KeyError("bug")
        yield

    service = replace(SERVICE, replay=broken)
    await ensure_consumers(bus.js, "github", service.projections(settings))
    async with running(service, settings.model_copy(update={"max_deliver": 1})), asyncio.timeout(15):
        finished = await ask_replay(settings, replay_request("github"), wait=True)

    assert finished["error"] == "KeyError: 'bug'"


async def test_http_answers_while_nats_is_awaited(settings, database_url):
    async with running(SERVICE, settings.model_copy(update={"nats_url": "nats://127.0.0.1:1"})) as process:
        assert (await process.get("/health/live")).status_code == 200
        assert (await process.get("/health/ready")).status_code == 503
        assert (await process.get("/v1/names")).status_code == 503
        response = await process.until("/health/ready", lambda response: "NATS does not answer" in response.text)
        assert response.json()["status"] == "starting"


async def test_a_database_that_is_away_is_awaited(bus, settings):
    away = settings.model_copy(update={"database_url": "postgresql://127.0.0.1:1/none"})
    async with running(SERVICE, away) as process:
        response = await process.until("/health/ready", lambda response: "PostgreSQL" in response.text)
        assert response.status_code == 503


@pytest.mark.parametrize("how", ["raises", "returns"])
async def test_a_part_that_ends_by_itself_ends_the_process(bus, settings, how):
    async def part(_context: ServiceContext) -> None:
        if how == "raises":
            raise KeyError("surprise")

    with pytest.raises(TaskEnded, match="part ended although nobody asked it to"):
        await asyncio.wait_for(serve(Service("github", background=(part,)), settings, stop=asyncio.Event()), 20)


async def test_a_part_that_waits_is_cancelled_at_the_end(bus, settings):
    ended = asyncio.Event()

    async def part(_context: ServiceContext) -> None:
        try:
            await asyncio.Event().wait()
        finally:
            ended.set()

    async with running(Service("github", background=(part,), database=False), settings) as process:
        await process.until("/health/ready", ready)
    assert ended.is_set()


async def test_a_taken_port_is_one_sentence(settings):
    async with HttpServer(Front("x", ()).app, "127.0.0.1", 0) as other:
        with pytest.raises(CommandError, match=f"cannot listen on 127.0.0.1:{other.port}"):
            await serve(SERVICE, settings.model_copy(update={"http_port": other.port}), stop=asyncio.Event())


async def test_the_documents_describe_the_service(bus, settings, store):
    async with running(SERVICE, settings) as process:
        await process.until("/v1/names", ready)
        openapi = (await process.get("/openapi.json")).json()
        asyncapi = (await process.get("/asyncapi.json")).json()

    assert openapi["paths"]["/v1/names"]["get"]["summary"] == "Return the repositories that were seen."
    operations = {name: each["action"] for name, each in asyncapi["operations"].items()}
    assert operations["github-store:github.repository.seen"] == "receive"
    assert operations["github.repository.seen"] == "send"


@pytest.mark.parametrize(
    ("how", "answer"),
    [
        ("refused", (404, "nobody is known under this id")),
        ("wrong", (400, "`since` is not a date: write 2026-01-31")),
        ("away", (503, "a part of the service is away; try again later")),
        ("bug", (500, "an unexpected error, which the service has logged")),
    ],
)
async def test_a_failed_request_is_answered_with_one_sentence(bus, settings, store, how, answer):
    async with running(SERVICE, settings) as process:
        await process.until("/v1/names", ready)
        response = await process.get(f"/v1/fail/{how}")

    assert (response.status_code, response.json()["error"]) == answer


async def test_an_answer_on_a_kept_connection_does_not_wait_for_a_delayed_acknowledgement():
    async with HttpServer(Front("x", ()).app, "127.0.0.1", 0) as server, httpx.AsyncClient() as client:
        address = f"http://127.0.0.1:{server.port}/health/live"
        taken = [(await client.get(address)).elapsed.total_seconds() for _ in range(20)]

    assert sorted(taken)[len(taken) // 2] < DELAYED_ACKNOWLEDGEMENT_SECONDS
