"""The read API: `/v1/summary`, `/v1/activity`, and messages, threads and series of patches, listed and one by one."""

from collections.abc import Awaitable, Callable, Sequence
from typing import Any, Final, TypeAlias

import orjson
from bdc_chassis.errors import ValidationFailed
from bdc_chassis.parameters import choice, moment, number, text
from bdc_chassis.service import ServiceContext
from sqlalchemy.ext.asyncio import AsyncConnection
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from bdc_mailing import queries, thread_queries

BUCKETS: Final = ("day", "week", "month")
MAX_LIMIT: Final = 500

Find: TypeAlias = Callable[[AsyncConnection, str], Awaitable[dict[str, Any] | None]]


def routes(context: ServiceContext) -> Sequence[BaseRoute]:
    """Return the routes of the read API."""
    api = ReadApi(context)
    return [
        Route("/v1/summary", api.summary),
        Route("/v1/activity", api.activity),
        Route("/v1/messages", api.messages),
        Route("/v1/messages/{key}", api.message),
        Route("/v1/threads", api.threads),
        Route("/v1/threads/{thread:path}", api.thread),
        Route("/v1/series", api.all_series),
        Route("/v1/series/{key}", api.series),
        Route("/v1/export", api.export),
    ]


class ReadApi:
    """Answers from the service's own tables."""

    def __init__(self, context: ServiceContext) -> None:
        self._context = context

    async def summary(self, _request: Request) -> Response:
        """Count messages, postings, threads, authors and lists."""
        async with self._context.engine.connect() as tx:
            return _json(await queries.summary(tx))

    async def activity(self, request: Request) -> Response:
        """Count messages over time."""
        bucket = choice(request, "bucket", BUCKETS, default="month")
        since, until = moment(request, "since"), moment(request, "until")
        async with self._context.engine.connect() as tx:
            return _json(await queries.activity(tx, bucket, since, until))

    async def messages(self, request: Request) -> Response:
        """List messages, newest first, by list, account, thread, Message-ID and period."""
        async with self._context.engine.connect() as tx:
            return _json(await queries.messages(tx, _filter(request)))

    async def message(self, request: Request) -> Response:
        """Show a message in full."""
        return await self._one(queries.message, request.path_params["key"], "There is no message with this key.")

    async def threads(self, request: Request) -> Response:
        """List threads by list, participant and period, those with the latest message first."""
        async with self._context.engine.connect() as tx:
            return _json(await thread_queries.threads(tx, _thread_filter(request)))

    async def thread(self, request: Request) -> Response:
        """Show a thread as a tree."""
        return await self._one(thread_queries.thread, request.path_params["thread"], "There is no thread of this name.")

    async def all_series(self, request: Request) -> Response:
        """List series of patches by list, author and period, the latest first."""
        async with self._context.engine.connect() as tx:
            return _json(await thread_queries.all_series(tx, _thread_filter(request)))

    async def series(self, request: Request) -> Response:
        """Show the series that a message is part of: its cover letter, its patches, and which are missing."""
        return await self._one(thread_queries.series, request.path_params["key"], "There is no patch with this key.")

    async def _one(self, find: Find, name: str, missing: str) -> Response:
        async with self._context.engine.connect() as tx:
            found = await find(tx, name.replace("\0", ""))
        if not found:
            raise HTTPException(404, missing)
        return _json(found)

    async def export(self, request: Request) -> Response:
        """Return all that is held about the account `account` on `platform`."""
        platform, account = text(request, "platform"), text(request, "account")
        if platform is None or account is None:
            raise ValidationFailed("Give the `platform` and the `account`.")
        async with self._context.engine.connect() as tx:
            return _json(await queries.held_about(tx, platform, account))


def _thread_filter(request: Request) -> thread_queries.ThreadFilter:
    return thread_queries.ThreadFilter(
        list=text(request, "list"),
        account=text(request, "account"),
        since=moment(request, "since"),
        until=moment(request, "until"),
        limit=number(request, "limit", default=50, most=MAX_LIMIT),
        offset=number(request, "offset", default=0),
    )


def _filter(request: Request) -> queries.MessageFilter:
    texts = {name: text(request, name) for name in ("list", "account", "thread", "message_id")}
    return queries.MessageFilter(
        **texts,
        since=moment(request, "since"),
        until=moment(request, "until"),
        limit=number(request, "limit", default=50, most=MAX_LIMIT),
        offset=number(request, "offset", default=0),
    )


def _json(answer: dict[str, Any]) -> Response:
    return Response(orjson.dumps(answer, default=str), media_type="application/json")
