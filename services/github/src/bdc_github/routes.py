"""The read API: `/v1/summary`, `/v1/activity`, `/v1/commits`, `/v1/export`."""

from collections.abc import Sequence
from typing import Final

from bdc_chassis.errors import ValidationFailed
from bdc_chassis.parameters import choice, moment, number, text
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
        Route("/v1/export", api.export),
    ]


class ReadApi:
    """Answers from the service's own tables."""

    def __init__(self, context: ServiceContext) -> None:
        self._context = context

    async def summary(self, _request: Request) -> Response:
        """Count what is stored."""
        async with self._context.engine.connect() as tx:
            return JSONResponse({"service": "github", **await queries.summary(tx)})

    async def activity(self, request: Request) -> Response:
        """Count commits per `bucket` (day, week, month) from `since` until before `until`."""
        bucket = choice(request, "bucket", BUCKETS, default="month")
        since, until = moment(request, "since"), moment(request, "until")
        async with self._context.engine.connect() as tx:
            points = await queries.activity(tx, bucket, since, until)
        return JSONResponse({"bucket": bucket, "series": [{"name": "commits", "points": points}]})

    async def commits(self, request: Request) -> Response:
        """List the newest commits, of `repository` and of `account` where given, at most `limit`."""
        limit = number(request, "limit", default=DEFAULT_LIMIT, least=1, most=MAX_LIMIT)
        repository, account = text(request, "repository"), text(request, "account")
        async with self._context.engine.connect() as tx:
            found = await queries.commits(tx, repository=repository, account=account, limit=limit)
        return JSONResponse({"commits": found})

    async def export(self, request: Request) -> Response:
        """Return all that is held about the account `account` on `platform`."""
        platform, account = text(request, "platform"), text(request, "account")
        if platform is None or account is None:
            raise ValidationFailed("Give the `platform` and the `account`.")
        async with self._context.engine.connect() as tx:
            return JSONResponse(await queries.held_about(tx, platform, account))
