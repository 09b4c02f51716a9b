"""The read API: `/v1/summary`, `/v1/activity`, `/v1/messages`, `/v1/messages/{key}`."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any, Final

import orjson
from bdc_chassis.service import ServiceContext
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
    """Answers from the service's own tables; every answer is one JSON object, an error `{"error": sentence}`."""

    def __init__(self, context: ServiceContext) -> None:
        self._context = context

    async def summary(self, _request: Request) -> Response:
        """Count messages, postings, threads, authors and lists."""
        async with self._context.engine.connect() as tx:
            return _json(await queries.summary(tx))

    async def activity(self, request: Request) -> Response:
        """Count messages over time."""
        bucket = request.query_params.get("bucket", "month")
        if bucket not in BUCKETS:
            return _json({"error": f"bucket is one of {', '.join(BUCKETS)}"}, status=400)
        try:
            since, until = _moment(request, "since"), _moment(request, "until")
        except ValueError as error:
            return _json({"error": str(error)}, status=400)
        async with self._context.engine.connect() as tx:
            return _json(await queries.activity(tx, bucket, since, until))

    async def messages(self, request: Request) -> Response:
        """List messages, newest first, by list, account, thread, Message-ID and period."""
        try:
            wanted = _filter(request)
        except ValueError as error:
            return _json({"error": str(error)}, status=400)
        async with self._context.engine.connect() as tx:
            return _json(await queries.messages(tx, wanted))

    async def message(self, request: Request) -> Response:
        """Show a message in full."""
        async with self._context.engine.connect() as tx:
            found = await queries.message(tx, request.path_params["key"].replace("\0", ""))
        return _json(found) if found else _json({"error": "There is no message with this key."}, status=404)


def _filter(request: Request) -> queries.MessageFilter:
    texts = {name: _text(request, name) for name in ("list", "account", "thread", "message_id")}
    return queries.MessageFilter(
        **texts,
        since=_moment(request, "since"),
        until=_moment(request, "until"),
        limit=min(_number(request, "limit", 50), MAX_LIMIT),
        offset=_number(request, "offset", 0),
    )


def _text(request: Request, name: str) -> str | None:
    return request.query_params.get(name, "").replace("\0", "") or None


def _number(request: Request, name: str, default: int) -> int:
    value = request.query_params.get(name, str(default))
    if not value.isascii() or not value.isdigit() or len(value) > 9:  # noqa: PLR2004 - fits PostgreSQL's integer
        raise ValueError(f"{name} is a number from 0 on")
    return int(value)


def _moment(request: Request, name: str) -> datetime | None:
    value = request.query_params.get(name)
    if not value:
        return None
    try:
        moment = datetime.fromisoformat(value)
    except ValueError:
        raise ValueError(f"{name} is an ISO date or time, such as 2024-01-31") from None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _json(answer: dict[str, Any], *, status: int = 200) -> Response:
    return Response(orjson.dumps(answer, default=str), status, media_type="application/json")
