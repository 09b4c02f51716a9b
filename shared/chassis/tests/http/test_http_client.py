"""The HTTP client against a real server that misbehaves in the ways that sources do."""

import asyncio
import sys
from collections import deque
from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest
import pytest_asyncio
from bdc_chassis.errors import NetworkError, RateLimited, TimedOut, ValidationFailed
from bdc_chassis.http import Budget, HttpClient, HttpStatusError, ResponseTooLarge, TokenPool
from bdc_chassis.http.retry_after import retry_after_seconds
from bdc_chassis.http_server import HttpServer
from pydantic import SecretStr
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response

Reply = Callable[[Request], Response]


class Source:
    """Answers with what is in the queue, then with an empty object; remembers what it was asked."""

    def __init__(self) -> None:
        self.replies: deque[Reply] = deque()
        self.requests: list[Request] = []
        self.url = ""

    async def __call__(self, scope, receive, send) -> None:
        request = Request(scope, receive)
        self.requests.append(request)
        reply = self.replies.popleft()(request) if self.replies else JSONResponse({})
        await reply(scope, receive, send)

    def say(self, status: int, **headers: str) -> None:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        self.replies.append(lambda _request: Response(b"", status, named))

    @property
    def authorizations(self) -> list[str | None]:
        return [request.headers.get("authorization") for request in self.requests]


@pytest_asyncio.fixture
async def source() -> AsyncIterator[Source]:
    source = Source()
    async with HttpServer(source, "127.0.0.1", 0) as server:
        source.url = f"http://127.0.0.1:{server.port}"
        yield source


@pytest.fixture
def waits() -> list[float]:
    return []


@pytest_asyncio.fixture
async def client(source, waits) -> AsyncIterator[HttpClient]:
    async with make_client(source, waits) as client:
        yield client


def make_client(source: Source, waits: list[float], **options) -> HttpClient:
    async def note(seconds: float) -> None:
        waits.append(seconds)

    return HttpClient(source.url, sleep=note, **options)


async def test_an_answer_is_read_to_its_end(source, client):
    source.replies.append(lambda _request: JSONResponse({"name": "json"}, headers={"etag": '"v1"'}))
    answer = await client.get("/repos/boostorg/json", params={"page": 2})

    assert (answer.status, answer.json(), answer.etag) == (200, {"name": "json"}, '"v1"')
    assert source.requests[0].url.query == "page=2"
    assert source.requests[0].headers["user-agent"] == "boost-data-collector"


async def test_what_did_not_change_is_not_sent_again(source, client):
    source.say(304)
    answer = await client.get("/x", etag='"v1"')

    assert answer.not_modified
    assert source.requests[0].headers["if-none-match"] == '"v1"'


async def test_a_server_error_is_tried_again_with_growing_waits(source, client, waits):
    for _ in range(3):
        source.say(502)

    assert (await client.get("/x")).status == 200
    assert len(waits) == 3
    assert waits[0] <= 0.5 < waits[2] <= 2.0


async def test_a_server_that_stays_broken_is_given_up(source, client):
    for _ in range(9):
        source.say(503)

    with pytest.raises(HttpStatusError, match="status 503") as caught:
        await client.get("/x")
    assert caught.value.category == "network"
    assert len(source.requests) == 4


async def test_what_changes_something_is_not_repeated(source, client):
    source.say(502)

    with pytest.raises(HttpStatusError):
        await client.request("POST", "/x", json={"a": 1})
    assert len(source.requests) == 1


async def test_a_refusal_is_not_repeated(source, client):
    source.say(404)

    with pytest.raises(HttpStatusError) as caught:
        await client.get("/x")
    assert (caught.value.status, len(source.requests)) == (404, 1)


async def test_the_wait_that_the_source_asks_for_is_kept(source, client, waits):
    source.say(429, retry_after="7")

    await client.get("/x")
    assert waits == [7.0]


async def test_a_longer_wait_than_allowed_is_an_error_that_says_so(source, waits):
    source.say(429, retry_after="7200")

    async with make_client(source, waits, max_wait=60) as client:
        with pytest.raises(RateLimited) as caught:
            await client.get("/x")
    assert (caught.value.retry_after, waits) == (7200, [])


async def test_a_used_up_token_makes_room_for_the_next(source, waits):
    reset = str(int((datetime.now(UTC) + timedelta(hours=1)).timestamp()))
    source.say(403, x_ratelimit_remaining="0", x_ratelimit_reset=reset)
    pool = TokenPool([SecretStr("one"), SecretStr("two")])

    async with make_client(source, waits, tokens=pool) as client:
        await client.get("/x")
        await client.get("/x")
    assert source.authorizations == ["Bearer one", "Bearer two", "Bearer two"]
    assert sum(waits) == 0


async def test_tokens_take_turns(source, waits):
    pool = TokenPool([SecretStr("one"), SecretStr("two")])

    async with make_client(source, waits, tokens=pool) as client:
        for _ in range(4):
            await client.get("/x")
    assert sorted(source.authorizations) == ["Bearer one", "Bearer one", "Bearer two", "Bearer two"]


async def test_a_token_is_for_its_own_host_only(source, waits):
    async with make_client(source, waits, tokens=TokenPool([SecretStr("one")])) as client:
        await client.get(source.url.replace("127.0.0.1", "localhost") + "/x")
    assert source.authorizations == [None]


async def test_a_redirect_to_another_host_loses_the_token(source, waits):
    elsewhere = source.url.replace("127.0.0.1", "localhost") + "/y"
    source.replies.append(lambda _request: RedirectResponse(elsewhere))

    async with make_client(source, waits, tokens=TokenPool([SecretStr("one")])) as client:
        await client.get("/x")
    assert source.authorizations == ["Bearer one", None]


async def test_a_body_over_the_limit_is_not_read(source, waits):
    source.replies.append(lambda _request: Response(b"x" * 100_000))

    async with make_client(source, waits, max_bytes=1000) as client:
        with pytest.raises(ResponseTooLarge, match="larger than 1,000 bytes"):
            await client.get("/x")


async def test_an_answer_that_is_not_json_is_a_validation_failure(source, client):
    source.replies.append(lambda _request: Response(b"<html>"))

    with pytest.raises(ValidationFailed, match="did not answer with JSON"):
        (await client.get("/x")).json()


async def test_a_source_that_is_away_is_one_sentence_without_secrets(waits):
    async with HttpClient("http://127.0.0.1:1", attempts=1) as client:
        with pytest.raises(NetworkError) as caught:
            await client.get("/x?access_token=hunter2")
    assert "hunter2" not in str(caught.value)
    assert "GET http://127.0.0.1:1/x" in str(caught.value)


async def test_silence_is_a_timeout():
    ended = asyncio.Event()

    async def mute(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read()
        writer.close()
        await writer.wait_closed()
        ended.set()

    async with await asyncio.start_server(mute, "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]
        async with HttpClient(f"http://127.0.0.1:{port}", timeout=0.05, attempts=1) as client:
            with pytest.raises(TimedOut):
                await client.get("/x")
        await ended.wait()


async def test_a_budget_keeps_the_pace_of_its_resource_only(source, waits):
    async with make_client(source, waits, budgets={"search": Budget(0.5, burst=2)}) as client:
        for _ in range(4):
            await client.get("/x", resource="search")
        await client.get("/x")
    assert [round(wait) for wait in waits] == [2, 4]


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({}, None),
        ({"retry-after": "12"}, 12.0),
        ({"retry-after": "-3"}, 0.0),
        ({"retry-after": "soon"}, None),
        ({"retry-after": "nan"}, None),
        ({"retry-after": format_datetime(datetime(2026, 1, 1, 0, 1, tzinfo=UTC), usegmt=True)}, 60.0),
        ({"retry-after": "Wed, 31 Dec 2025 23:59:00 GMT"}, 0.0),
        ({"x-ratelimit-remaining": "0", "x-ratelimit-reset": "1767225610"}, 11.0),
        ({"x-ratelimit-remaining": "3", "x-ratelimit-reset": "1767225610"}, None),
        ({"x-ratelimit-remaining": "0", "x-ratelimit-reset": "later"}, None),
    ],
)
def test_every_form_of_please_wait_is_understood(headers, seconds):
    assert retry_after_seconds(headers, datetime(2026, 1, 1, tzinfo=UTC)) == seconds


async def test_a_download_goes_to_a_file_and_a_broken_one_starts_over(source, client, tmp_path):
    body = bytes(range(256)) * 20_000
    source.say(503)
    source.replies.append(lambda _request: Response(body, headers={"etag": '"a"'}))
    answer = await client.download(f"{source.url}/file", tmp_path / "file")
    assert (answer.status, answer.etag, answer.content) == (200, '"a"', b"")
    assert (tmp_path / "file").read_bytes() == body


async def test_a_download_that_is_refused_leaves_what_is_there(source, client, tmp_path):
    (tmp_path / "file").write_bytes(b"before")
    source.say(404)
    with pytest.raises(HttpStatusError, match="404"):
        await client.download(f"{source.url}/file", tmp_path / "file")
    assert (tmp_path / "file").read_bytes() == b"before"


async def test_a_limit_that_one_request_meets_holds_back_the_others(source, client, waits):
    source.say(429, retry_after="600")
    await client.get(source.url)
    assert waits == [600]
    await client.get(source.url)
    assert [round(wait) for wait in waits] == [600, 600]


async def test_a_request_searches_for_no_module(source, client, monkeypatch):
    searched: list[str] = []

    class Searches:
        @staticmethod
        def find_spec(name, *_):
            searched.append(name)

    await client.get(source.url)
    monkeypatch.setattr(sys, "meta_path", [Searches, *sys.meta_path])
    await client.get(source.url)
    assert searched == []
