"""The read API: `/v1/summary`, `/v1/activity`, `/v1/commits`."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Final

from bdc_chassis.service import ServiceContext
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from bdc_github.store import queries

BUCKETS: Final = ("day", "week", "month")
DEFAULT_LIMIT: Final = 50
MAX_LIMIT: Final = 1000


def routes(context: ServiceContext) -> Sequence[BaseRoute]:
    """Return the routes of the read API."""
    api = ReadApi(context)
    return [
        Route("/v1/summary", api.summary),
        Route("/v1/activity", api.activity),
        Route("/v1/commits", api.commits),
    ]


class ReadApi:
    """Answers from the service's own tables; every answer is one JSON object, an error `{"error": sentence}`."""

    def __init__(self, context: ServiceContext) -> None:
        self._context = context

    async def summary(self, _request: Request) -> Response:
        """Count what is stored."""
        async with self._context.engine.connect() as tx:
            return JSONResponse({"service": "github", **await queries.summary(tx)})

    async def activity(self, request: Request) -> Response:
        """Count commits per `bucket` (day, week, month) from `since` until before `until`."""
        bucket = request.query_params.get("bucket", "month")
        if bucket not in BUCKETS:
            return _error(f"`bucket` must be one of {', '.join(BUCKETS)}")
        try:
            since, until = (_moment(request, name) for name in ("since", "until"))
        except ValueError as error:
            return _error(str(error))
        async with self._context.engine.connect() as tx:
            points = await queries.activity(tx, bucket, since, until)
        return JSONResponse({"bucket": bucket, "series": [{"name": "commits", "points": points}]})

    async def commits(self, request: Request) -> Response:
        """List the newest commits, of `repository` and of `account` where given, at most `limit`."""
        limit = request.query_params.get("limit", str(DEFAULT_LIMIT))
        if not limit.isdecimal() or not 0 < int(limit) <= MAX_LIMIT:
            return _error(f"`limit` must be a number from 1 to {MAX_LIMIT}")
        repository, account = (_text(request, name) for name in ("repository", "account"))
        async with self._context.engine.connect() as tx:
            found = await queries.commits(tx, repository=repository, account=account, limit=int(limit))
        return JSONResponse({"commits": found})


def _text(request: Request, name: str) -> str | None:
    value = request.query_params.get(name)
    return value.replace("\x00", " ") if value else None


def _moment(request: Request, name: str) -> datetime | None:
    value = request.query_params.get(name)
    if not value:
        return None
    try:
        moment = datetime.fromisoformat(value)
    except ValueError:
        raise ValueError(f"`{name}` must be a date such as 2024-01-31, with a time or without") from None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _error(sentence: str) -> Response:
    return JSONResponse({"error": sentence}, status_code=400)
