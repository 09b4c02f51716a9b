"""A HyperKitty server in the test's process: the index in the order of archiving, and whatever can go wrong."""

import asyncio
import gzip
from collections import Counter, deque
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import datetime
from email.utils import format_datetime
from typing import Any

from bdc_chassis.http_server import HttpServer
from bdc_mailing.source.mbox import as_mbox
from bdc_mailing.source.origin import message_id_hash
from bdc_mailing.source.raw import RawMessage
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

LIST = "boost@lists.example.org"


class Mailman:
    """What a server holds and how it behaves; `asked` counts what was answered, by path and query."""

    def __init__(self) -> None:
        self.url = ""
        self.lists: dict[str, list[dict[str, Any]]] = {LIST: []}
        self.asked: Counter[str] = Counter()
        self.faults: dict[str, deque[int]] = {}
        self.broken: set[str] = set()
        self.limited_every = 0
        self.failing_every = 0
        self.largest_page = 20
        self.tells_count = True
        self.delay = 0.0
        self.before_page: Callable[[int], None] = lambda _offset: None
        self.answered = asyncio.Event()
        self.awaited = 0
        self._requests = 0

    def after(self, answers: int) -> asyncio.Event:
        """Return an event that comes with so many more answers."""
        self.answered, self.awaited = asyncio.Event(), self.asked.total() + answers
        return self.answered

    def add(self, number: int, *, address: str = LIST, **fields: Any) -> str:
        """Archive a message now, as the newest; return its name."""
        message_id = f"{number}@example.org"
        name = message_id_hash(message_id)
        message = {
            "message_id": message_id,
            "message_id_hash": name,
            "subject": f"Subject {number}",
            "date": f"2025-03-01T10:{number // 60 % 60:02}:{number % 60:02}Z",
            "parent": None,
            "thread": f"{self.url}/archives/api/list/{address}/thread/{name}/",
            "sender": {"address": f"ann{number % 7} (a) example.org", "mailman_id": None},
            "sender_name": "Ann Lee",
            "content": f"Hello, list. This is {number}.",
            "votes": {"likes": 0, "dislikes": 0, "status": "neutral"},
            "attachments": [],
        }
        self.lists.setdefault(address, []).append(message | fields)
        return name

    def remove(self, name: str, address: str = LIST) -> None:
        """Forget a message."""
        self.lists[address] = [each for each in self.lists[address] if each["message_id_hash"] != name]

    def edit(self, name: str, address: str = LIST, **fields: Any) -> None:
        """Change a message."""
        next(each for each in self.lists[address] if each["message_id_hash"] == name).update(fields)

    def fail(self, name: str, *statuses: int) -> None:
        """Answer the next requests for a message with these statuses."""
        self.faults[name] = deque(statuses)

    def details_asked(self) -> Counter[str]:
        """Return how often the page of each message was answered."""
        found = Counter({path.split("/")[-2]: n for path, n in self.asked.items() if "/email/" in path})
        return Counter({name: n for name, n in found.items() if n})

    def app(self) -> Starlette:
        """Return the server."""
        api = "/archives/api/list/{address}"
        return Starlette(
            routes=[
                Route(f"{api}/emails/", self._index),
                Route(f"{api}/email/{{name}}/", self._message),
                Route("/archives/list/{address}/export/{name}", self._export),
            ]
        )

    async def _index(self, request: Request) -> Response:
        address = request.path_params["address"]
        offset = int(request.query_params.get("offset", 0))
        limit = min(int(request.query_params.get("limit", 10)), self.largest_page)
        self.before_page(offset)
        refusal = await self._refusal(address)
        if refusal is not None:
            return refusal
        newest_first = self.lists[address][::-1]
        results = [self._short(each, address) for each in newest_first[offset : offset + limit]]
        more = offset + limit < len(newest_first)
        following = f"{self.url}{request.url.path}?limit={limit}&offset={offset + limit}" if more else None
        told = {"count": len(newest_first)} if self.tells_count else {}
        return self._answer(request, {**told, "next": following, "previous": None, "results": results})

    async def _message(self, request: Request) -> Response:
        address, name = request.path_params["address"], request.path_params["name"]
        if self.faults.get(name):
            return Response(b"no", self.faults[name].popleft())
        refusal = await self._refusal(address)
        if refusal is not None:
            return refusal
        found = next((each for each in self.lists[address] if each["message_id_hash"] == name), None)
        if found is None:
            return JSONResponse({"detail": "Not found."}, 404)
        return self._answer(request, self._short(found, address) | found)

    async def _export(self, request: Request) -> Response:
        """Answer with the messages of a period by their own dates, as HyperKitty does, and without validators."""
        address, asked = request.path_params["address"], request.query_params
        self.asked[f"{request.url.path}?{request.url.query}"] += 1
        found = [
            as_mbox(RawMessage(_as_mail(each)))
            for each in self.lists[address]
            if asked.get("start", "") <= each["date"][:10] < asked.get("end", "9999")
        ]
        return Response(gzip.compress(b"".join(found)), media_type="application/gzip")

    async def _refusal(self, address: str) -> Response | None:
        await asyncio.sleep(self.delay)
        self._requests += 1
        if address not in self.lists:
            return JSONResponse({"detail": "Not found."}, 404)
        if address in self.broken:
            return Response(b"no", 500)
        if self.limited_every and self._requests % self.limited_every == 0:
            return Response(b"slow down", 429, {"Retry-After": "0"})
        if self.failing_every and self._requests % self.failing_every == 0:
            return Response(b"no", 503)
        return None

    def _answer(self, request: Request, content: dict[str, Any]) -> Response:
        self.asked[f"{request.url.path}?{request.url.query}" if request.url.query else request.url.path] += 1
        if self.asked.total() >= self.awaited:
            self.answered.set()
        return JSONResponse(content)

    def _short(self, message: dict[str, Any], address: str) -> dict[str, Any]:
        name = message["message_id_hash"]
        kept = ("message_id", "message_id_hash", "subject", "date", "parent", "thread", "sender", "sender_name")
        short = {field: message[field] for field in kept if field in message}
        return short | {"url": f"{self.url}/archives/api/list/{address}/email/{name}/"}


def _as_mail(message: dict[str, Any]) -> bytes:
    sent = format_datetime(datetime.fromisoformat(message["date"]))
    address = message["sender"]["address"].replace(" (a) ", "@")
    head = (
        f"From: {message['sender_name']} <{address}>\nMessage-ID: <{message['message_id']}>\n"
        f"Subject: {message['subject']}\nDate: {sent}\n"
    )
    return f"{head}\n{message['content']}\n".encode()


@asynccontextmanager
async def serving(mailman: Mailman) -> AsyncIterator[Mailman]:
    """Serve for the length of the block."""
    async with HttpServer(mailman.app(), "127.0.0.1", 0) as server:
        mailman.url = f"http://127.0.0.1:{server.port}"
        yield mailman
