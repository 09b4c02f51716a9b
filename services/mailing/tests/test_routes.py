"""The read API over a filled store."""

from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import httpx
import pytest
import pytest_asyncio
from bdc_chassis.api_errors import HANDLERS
from bdc_mailing.routes import routes
from bdc_mailing.service import SERVICE
from starlette.applications import Starlette

from .stored import LIST, store
from .test_store import ARCHIVE


@pytest_asyncio.fixture
async def api(service_database: Callable[..., Any]) -> Any:
    engine = await service_database(SERVICE)
    await store(engine, ARCHIVE)
    context: Any = SimpleNamespace(engine=engine)
    transport = httpx.ASGITransport(Starlette(routes=list(routes(context)), exception_handlers=HANDLERS))
    async with httpx.AsyncClient(transport=transport, base_url="http://mailing") as client:
        yield client


async def test_the_summary_counts_messages_once_and_postings_per_list(api: httpx.AsyncClient):
    answer = (await api.get("/v1/summary")).json()
    assert answer["counts"] == {"messages": 14, "postings": 16, "authors": 7, "threads": 5, "lists": 3}
    assert answer["containers"][0]["name"] == LIST


async def test_activity_is_a_series_of_days(api: httpx.AsyncClient):
    answer = (await api.get("/v1/activity", params={"bucket": "month"})).json()
    assert answer == {"bucket": "month", "series": [{"name": "messages", "points": [["2004-01-01", 14]]}]}


async def test_messages_are_listed_and_shown(api: httpx.AsyncClient):
    found = (await api.get("/v1/messages", params={"message_id": "3@example.org"})).json()["messages"]
    assert len(found) == 1
    shown = (await api.get(f"/v1/messages/{found[0]['key']}")).json()
    assert [posting["list"] for posting in shown["postings"]] == [
        "announce@lists.example.org",
        "boost@lists.example.org",
        "users@lists.example.org",
    ]
    assert shown["text"].startswith("Hello, list.")


async def test_messages_that_share_an_id_are_flagged(api: httpx.AsyncClient):
    found = (await api.get("/v1/messages", params={"message_id": "1@example.org"})).json()["messages"]
    assert [message["shares_message_id"] for message in found] == [True, True]


@pytest.mark.parametrize(
    "query", ["/v1/activity?bucket=year", "/v1/messages?limit=x", "/v1/messages?since=never", "/v1/activity?since=%00"]
)
async def test_a_wrong_question_is_one_sentence(api: httpx.AsyncClient, query: str):
    answer = await api.get(query)
    assert answer.status_code == 400
    assert answer.json()["error"]


async def test_a_message_that_is_not_there_is_not_found(api: httpx.AsyncClient):
    assert (await api.get("/v1/messages/nothing")).status_code == 404
