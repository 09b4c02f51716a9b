"""The read API: `/v1/summary`, `/v1/activity`, `/v1/tests`."""

from collections.abc import Sequence
from typing import Any, Final

import orjson
from bdc_chassis.parameters import choice, moment, number, text
from bdc_chassis.service import ServiceContext
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from bdc_ingester.store import queries

BUCKETS: Final = ("day", "week", "month")
STATUSES: Final = ("FAIL", "ERROR", "MISS", "PASS", "DONE", "SKIP", "")
DEFAULT_LIMIT: Final = 50
MAX_LIMIT: Final = 500


def read_routes(context: ServiceContext) -> Sequence[BaseRoute]:
    """Return the routes of the read API."""
    api = ReadApi(context)
    return [
        Route("/v1/summary", api.summary),
        Route("/v1/activity", api.activity),
        Route("/v1/tests", api.tests),
    ]


class ReadApi:
    """Answers from the service's own tables."""

    def __init__(self, context: ServiceContext) -> None:
        self._context = context

    async def summary(self, _request: Request) -> Response:
        """Count what is stored, all together and per origin."""
        async with self._context.engine.connect() as tx:
            return _json({"service": "ingester", **await queries.summary(tx)})

    async def activity(self, request: Request) -> Response:
        """Count submissions and tests per `bucket` (day, week, month) from `since` until before `until`."""
        bucket = choice(request, "bucket", BUCKETS, default="month")
        since, until = moment(request, "since"), moment(request, "until")
        async with self._context.engine.connect() as tx:
            return _json(await queries.activity(tx, bucket, since, until))

    async def tests(self, request: Request) -> Response:
        """List tests with their logs, by `id`, `build`, `origin` and `status`, at most `limit`."""
        wanted = queries.TestFilter(
            id=text(request, "id"),
            build=text(request, "build"),
            origin=text(request, "origin"),
            status=choice(request, "status", STATUSES, default="") or None,
            limit=number(request, "limit", default=DEFAULT_LIMIT, least=1, most=MAX_LIMIT),
        )
        async with self._context.engine.connect() as tx:
            return _json({"tests": await queries.tests(tx, wanted)})


def _json(value: Any) -> Response:
    return Response(orjson.dumps(value), media_type="application/json")
