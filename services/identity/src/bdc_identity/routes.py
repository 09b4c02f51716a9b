"""The read API: `/v1/summary`, `/v1/people`, `/v1/people/{id}`, `/v1/profiles`."""

from collections.abc import Sequence
from typing import Final

from bdc_chassis.errors import ValidationFailed
from bdc_chassis.parameters import number, text
from bdc_chassis.service import ServiceContext
from bdc_contracts import Record
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from bdc_identity.sightings import profile_id
from bdc_identity.store.queries import find_people, person_page, summary

DEFAULT_LIMIT: Final = 50
MAX_LIMIT: Final = 500


def routes(context: ServiceContext) -> Sequence[BaseRoute]:
    """Return the routes of the read API."""
    api = ReadApi(context)
    return [
        Route("/v1/summary", api.summary),
        Route("/v1/people", api.people),
        Route("/v1/people/{id}", api.person),
        Route("/v1/profiles", api.profile),
    ]


class ReadApi:
    """Answers from the service's own tables."""

    def __init__(self, context: ServiceContext) -> None:
        self._context = context

    async def summary(self, _request: Request) -> Response:
        """Count people, profiles and addresses."""
        async with self._context.engine.connect() as tx:
            return _json(await summary(tx))

    async def people(self, request: Request) -> Response:
        """List the people whose names, addresses or logins match `query`, `limit` of them from `offset` on."""
        limit = number(request, "limit", default=DEFAULT_LIMIT, most=MAX_LIMIT)
        offset = number(request, "offset", default=0)
        query = text(request, "query") or ""
        async with self._context.engine.connect() as tx:
            return _json(await find_people(tx, query, limit=limit, offset=offset))

    async def person(self, request: Request) -> Response:
        """Show a person with all profiles, by a present or former id."""
        return await self._person(request.path_params["id"], "There is no person with this id.")

    async def profile(self, request: Request) -> Response:
        """Show the person that the account `account` on `platform` belongs to."""
        platform, account = (request.query_params.get(name) for name in ("platform", "account"))
        if not platform or account is None:
            raise ValidationFailed("Give the profile's `platform` and `account`.")
        return await self._person(profile_id(platform, account), f"No {platform} profile has this account.")

    async def _person(self, id_: str, otherwise: str) -> Response:
        async with self._context.engine.connect() as tx:
            found = await person_page(tx, id_.replace("\x00", ""))
        if found is None:
            raise HTTPException(404, otherwise)
        return _json(found)


def _json(record: Record) -> Response:
    return Response(record.model_dump_json(), media_type="application/json")
