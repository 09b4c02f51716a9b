"""The read API: `GET /v1/search`, `GET /v1/summary` and `GET /v1/export`."""

import logging
import time
from collections.abc import Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from typing import Any, Final

import asyncpg
import orjson
from bdc_chassis.errors import ValidationFailed
from bdc_contracts import PersonRef
from starlette.datastructures import QueryParams
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from bdc_indexer.exporting import held_about
from bdc_indexer.filters import Filters
from bdc_indexer.search import Searcher
from bdc_indexer.summary import read_summary

DEFAULT_LIMIT: Final = 10
MOST_RESULTS: Final = 100
LONGEST_QUERY: Final = 1000  # characters
UNAVAILABLE: Final = (OSError, asyncpg.PostgresError, asyncpg.InterfaceError)  # away, or slower than its timeout

log = logging.getLogger(__name__)


def read_api(searcher: Searcher) -> Sequence[BaseRoute]:
    """Return the routes that answer from `searcher`."""

    async def search(request: Request) -> Response:
        """Search: q, source, kind, person, container, since, until, limit."""
        started = time.perf_counter()
        try:
            asked = request.query_params
            filters, limit = _filters(asked), _limit(asked)
            text = _query(asked, filters)
        except ValidationFailed as error:
            return _json({"error": str(error)}, 422)
        try:
            hits = await searcher.search(text, filters, limit)
        except UNAVAILABLE as error:
            log.warning("search failed", extra={"reason": repr(error)})
            return _json({"error": "The index does not answer now: try again in a moment."}, 503)
        took = round((time.perf_counter() - started) * 1000, 2)
        return _json({"query": text, "took_ms": took, "results": hits})

    async def summary(_: Request) -> Response:
        """What is in the index."""
        figures = await read_summary(await searcher.pool())
        return _json({"service": "indexer", **asdict(figures)})

    async def export(request: Request) -> Response:
        """All that is held about an account: platform, account."""
        platform, account = (request.query_params.get(name, "").replace("\x00", "") for name in ("platform", "account"))
        if not platform or not account:
            return _json({"error": "Give the platform and the account."}, 400)
        return _json(await held_about(await searcher.pool(), PersonRef(platform=platform, account=account)))

    return [Route("/v1/search", search), Route("/v1/summary", summary), Route("/v1/export", export)]


def _json(content: Any, status: int = 200) -> Response:
    body = orjson.dumps(content, option=orjson.OPT_UTC_Z)  # takes dataclasses and moments as they are
    return Response(body, status, media_type="application/json")


def _query(parameters: QueryParams, filters: Filters) -> str:
    text = parameters.get("q", "").replace("\x00", " ").strip()
    if not text and filters.dated_only:
        raise ValidationFailed("The query is empty: say in q what to search for, or give a person or container.")
    if len(text) > LONGEST_QUERY:
        raise ValidationFailed(f"The query has {len(text)} characters: shorten it to {LONGEST_QUERY}.")
    return text


def _filters(parameters: QueryParams) -> Filters:
    names = ("source", "kind", "person", "container")
    texts = {name: parameters.get(name, "").replace("\x00", "") or None for name in names}
    return Filters(**texts, since=_moment(parameters, "since"), until=_moment(parameters, "until"))


def _moment(parameters: QueryParams, name: str) -> datetime | None:
    if not (given := parameters.get(name)):
        return None
    try:
        moment = datetime.fromisoformat(given)
    except ValueError:
        raise ValidationFailed(f"{name} is {given!r}: give a date or moment as ISO 8601, such as 2024-05-31.") from None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _limit(parameters: QueryParams) -> int:
    given = parameters.get("limit") or str(DEFAULT_LIMIT)
    if not (given.isascii() and given.isdigit() and 1 <= int(given) <= MOST_RESULTS):
        raise ValidationFailed(f"limit is {given!r}: give a number from 1 to {MOST_RESULTS}.")
    return int(given)
