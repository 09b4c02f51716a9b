"""The service alone, against real servers: events in, answers out."""

import asyncio
from collections.abc import AsyncIterator, Callable
from typing import Any

import httpx
import pytest_asyncio
from bdc_chassis.bus import Bus, Publisher
from bdc_chassis.migrate import migrate
from bdc_chassis.serve import serve
from bdc_contracts import Message
from bdc_contracts.streams import DEAD_LETTERS
from bdc_indexer.embedding import LocalEmbedder
from bdc_indexer.service import declare
from bdc_indexer.settings import IndexerSettings

from .conftest import EMBEDDER
from .factories import ANN, belongs, changed, removed

WAIT_SECONDS = 30.0


class FailingEmbedder(LocalEmbedder):
    """Breaks on one text, as a bug would."""

    def embed(self, texts):
        if any("poison" in text for text in texts):
            raise ZeroDivisionError("this text breaks it")
        return EMBEDDER.embed(texts)


@pytest_asyncio.fixture
async def api(bus: Bus, make_settings: Callable[..., Any]) -> AsyncIterator[httpx.AsyncClient]:
    settings = make_settings(IndexerSettings, max_deliver=1)
    service = declare(FailingEmbedder())
    await migrate(service, settings)
    stop, port_file = asyncio.Event(), settings.data_dir / "port"
    settings = settings.model_copy(update={"port_file": port_file})
    settings.data_dir.mkdir(parents=True)
    running = asyncio.create_task(serve(service, settings, stop=stop))
    try:
        port = await eventually(lambda: as_port(port_file))
        async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}", timeout=WAIT_SECONDS) as client:
            await eventually(lambda: is_ready(client))
            yield client
    finally:
        stop.set()
        await running


async def eventually(condition: Callable[[], Any]) -> Any:
    async with asyncio.timeout(WAIT_SECONDS):
        while not (value := await condition()):  # noqa: ASYNC110  (another process is waited for)
            await asyncio.sleep(0.02)
    return value


async def as_port(path: Any) -> str:
    return path.read_text().strip() if path.exists() else ""


async def is_ready(client: httpx.AsyncClient) -> bool:
    return (await client.get("/health/ready")).status_code == 200


async def found(client: httpx.AsyncClient, **parameters: Any) -> list[dict[str, Any]]:
    return (await client.get("/v1/search", params=parameters)).json()["results"]


async def publish(bus: Bus, *events: Any) -> None:
    async with Publisher(bus) as publisher:
        for event in events:
            await publisher.publish(event)


async def test_events_become_searchable_and_stop_being_so(api: httpx.AsyncClient, bus: Bus) -> None:
    await publish(bus, changed("d", "The timer fires twice.", author=ANN), belongs(ANN, "p1", "Ann Lee"))
    (hit,) = await eventually(lambda: found(api, q="timer", person="p1"))
    assert hit["document_id"] == "d"
    assert hit["author"]["person_name"] == "Ann Lee"
    assert [hit["snippet"][start:end] for start, end in hit["highlights"]] == ["timer"]
    summary = (await api.get("/v1/summary")).json()
    assert summary["counts"] == {"documents": 1, "chunks": 1, "removed": 0, "empty": 0, "people": 1}
    assert [source["name"] for source in summary["sources"]] == ["github"]

    await publish(bus, removed("d"))

    async def gone() -> bool:
        return not await found(api, q="timer")

    assert await eventually(gone)


async def test_a_poisonous_document_is_put_aside_and_the_others_are_indexed(api: httpx.AsyncClient, bus: Bus) -> None:
    broken = changed("broken", "x").to_message()
    await publish(
        bus,
        changed("before", "timer one"),
        changed("poison", "poison timer"),
        Message(broken.subject, b'{"domain": "github"}', broken.headers),
        changed("after", "timer two"),
    )

    async def all_found() -> bool:
        return {hit["document_id"] for hit in await found(api, q="timer")} == {"before", "after"}

    async def both_buried() -> bool:
        return (await bus.js.stream_info(DEAD_LETTERS.name)).state.messages == 2

    assert await eventually(all_found)
    assert await eventually(both_buried)
    assert await is_ready(api)


async def test_a_wrong_question_gets_one_sentence(api: httpx.AsyncClient) -> None:
    for parameters in ({}, {"q": " "}, {"q": "x", "limit": "0"}, {"q": "x", "since": "yesterday"}, {"q": "x" * 1001}):
        answer = await api.get("/v1/search", params=parameters)
        assert answer.status_code == 422
        assert answer.json()["error"].endswith(".")
