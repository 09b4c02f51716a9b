"""The read API over a filled store."""

from collections.abc import Callable
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any

import httpx
import pytest
import pytest_asyncio
from bdc_chassis.api_errors import HANDLERS
from bdc_contracts import MessageRemoved
from bdc_mailing.routes import routes
from bdc_mailing.service import SERVICE
from sqlalchemy.ext.asyncio import AsyncEngine
from starlette.applications import Starlette

from .conftest import mail
from .stored import LIST, event, store
from .test_patches import DIFF
from .test_store import ARCHIVE


def client_of(engine: AsyncEngine) -> httpx.AsyncClient:
    context: Any = SimpleNamespace(engine=engine)
    transport = httpx.ASGITransport(Starlette(routes=list(routes(context)), exception_handlers=HANDLERS))
    return httpx.AsyncClient(transport=transport, base_url="http://mailing")


@pytest_asyncio.fixture
async def api(service_database: Callable[..., Any]) -> Any:
    engine = await service_database(SERVICE)
    await store(engine, ARCHIVE)
    async with client_of(engine) as client:
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


async def test_a_thread_is_listed_and_shown_as_a_tree(api: httpx.AsyncClient):
    listed = (await api.get("/v1/threads", params={"list": LIST})).json()["threads"]
    assert {"6@example.org": 3}.items() <= {thread["thread"]: thread["messages"] for thread in listed}.items()
    shown = (await api.get("/v1/threads/6@example.org")).json()
    assert [(entry["message_id"], entry["depth"]) for entry in shown["tree"]] == [
        ("6@example.org", 0),
        ("7@example.org", 1),
        ("8@example.org", 1),
    ]
    assert (await api.get("/v1/threads/a/b@example.org")).status_code == 404


async def test_a_series_is_shown_as_one_with_what_is_missing(service_database: Callable[..., Any]):
    engine = await service_database(SERVICE)
    letters = [
        mail(1, Subject="[PATCH v2 0/3] Cover", From="ann@example.org"),
        mail(3, Subject="[PATCH v2 2/3] Second", From="ann@example.org", References="<1@example.org>", body=DIFF),
        mail(2, Subject="[PATCH v2 1/3] First", From="ann@example.org", References="<1@example.org>", body=DIFF),
        mail(9, Subject="Re: [PATCH v2 1/3] First", References="<1@example.org> <2@example.org>"),
    ]
    await store(engine, [event(letter) for letter in letters])
    async with client_of(engine) as client:
        (listed,) = (await client.get("/v1/series", params={"list": LIST})).json()["series"]
        assert (listed["subject"], listed["parts"], listed["is_complete"]) == ("[PATCH v2 0/3] Cover", 2, False)
        shown = (await client.get(f"/v1/series/{listed['key']}")).json()
    assert [part["subject"] for part in shown["patches"]] == [
        "[PATCH v2 0/3] Cover",
        "[PATCH v2 1/3] First",
        "[PATCH v2 2/3] Second",
    ]
    assert (shown["version"], shown["missing"], shown["added"], shown["removed"]) == (2, [3], 6, 4)
    assert shown["cover"] == listed["key"]


async def test_a_message_that_left_its_archives_is_marked_and_has_no_text(
    service_database: Callable[..., Any],
):
    engine = await service_database(SERVICE)
    removed = MessageRemoved(
        list_address=LIST, key_id="1@example.org", source="a", observed_at=datetime(2024, 1, 1, tzinfo=UTC)
    )
    await store(engine, [event(mail(1), source="a"), removed])
    async with client_of(engine) as client:
        (listed,) = (await client.get("/v1/messages")).json()["messages"]
        shown = (await client.get(f"/v1/messages/{listed['key']}")).json()
    assert listed["removed_at"].startswith("2024-01-01")
    assert shown["text"] is None
    assert shown["postings"][0]["copies"][0]["sources"][0]["source"] == "a"


async def test_all_that_an_account_wrote_can_be_exported(api: httpx.AsyncClient):
    wrote = (await api.get("/v1/messages", params={"limit": 1})).json()["messages"][0]

    held = (await api.get("/v1/export", params={"platform": "mail", "account": wrote["account"]})).json()
    elsewhere = (await api.get("/v1/export", params={"platform": "git", "account": wrote["account"]})).json()
    refused = await api.get("/v1/export")

    assert wrote["key"] in {message["key"] for message in held["messages"]}
    assert {message["account"] for message in held["messages"]} == {wrote["account"]}
    assert all(message["text"] is not None for message in held["messages"])
    assert (elsewhere, refused.status_code) == ({"messages": []}, 400)
