"""The read API: `/v1/summary`, `/v1/activity`, `/v1/messages`, `/v1/messages/{key}`."""

from collections.abc import Sequence
from typing import Any, Final

import orjson
from bdc_chassis.parameters import choice, moment, number, text
from bdc_chassis.service import ServiceContext
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from bdc_mailing import queries

BUCKETS: Final = ("day", "week", "month")
MAX_LIMIT: Final = 500


def routes(context: ServiceContext) -> Sequence[BaseRoute]:
    """Return the routes of the read API."""
    api = ReadApi(context)
    return [
        Route("/v1/summary", api.summary),
        Route("/v1/activity", api.activity),
        Route("/v1/messages", api.messages),
        Route("/v1/messages/{key}", api.message),
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
        async with self._context.engine.connect() as tx:
            found = await queries.message(tx, request.path_params["key"].replace("\0", ""))
        if not found:
            raise HTTPException(404, "There is no message with this key.")
        return _json(found)


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
