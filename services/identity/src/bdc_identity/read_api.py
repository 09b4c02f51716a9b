"""What can be asked about people: reading needs no token."""

from typing import Final

from bdc_chassis.errors import ValidationFailed
from bdc_chassis.parameters import number, text
from bdc_chassis.service import ServiceContext
from bdc_contracts import Record
from sqlalchemy.ext.asyncio import AsyncConnection
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from bdc_identity.addresses import load_address_rules
from bdc_identity.affiliations import load_organisations
from bdc_identity.sightings import profile_id
from bdc_identity.store import review
from bdc_identity.store.forgetting import requests
from bdc_identity.store.members import members_of
from bdc_identity.store.queries import find_people, people_of_email, person_page, summary
from bdc_identity.views import Forgettings
from bdc_identity.why import graph, why

DEFAULT_LIMIT: Final = 50
MAX_LIMIT: Final = 500


def json(record: Record, status: int = 200) -> Response:
    """Return the answer that a view is."""
    return Response(record.model_dump_json(), status, media_type="application/json")


class ReadApi:
    """Answers from the service's own tables."""

    def __init__(self, context: ServiceContext) -> None:
        self._context = context
        self._organisations = load_organisations(context.settings.organisations)
        self._rules = load_address_rules(context.settings.generic_addresses)

    async def summary(self, _request: Request) -> Response:
        """Count people, profiles and addresses."""
        async with self._context.engine.connect() as tx:
            return json(await summary(tx))

    async def people(self, request: Request) -> Response:
        """List the people whose names, addresses or logins match `query`, or who have the address `email`.

        `limit` of them from `offset` on.
        """
        limit, offset = _page(request)
        email = text(request, "email")
        async with self._context.engine.connect() as tx:
            if email is not None:
                return json(await people_of_email(tx, email))
            return json(await find_people(tx, text(request, "query") or "", limit=limit, offset=offset))

    async def person(self, request: Request) -> Response:
        """Show a person with all profiles, by a present or former id."""
        return await self._person(request.path_params["id"], "There is no person with this id.")

    async def profile(self, request: Request) -> Response:
        """Show the person that the account `account` on `platform` belongs to."""
        platform, account = (request.query_params.get(name) for name in ("platform", "account"))
        if not platform or account is None:
            raise ValidationFailed("Give the profile's `platform` and `account`.")
        return await self._person(profile_id(platform, account), f"No {platform} profile has this account.")

    async def history(self, request: Request) -> Response:
        """List to whom a person's profiles belonged when and why, and what was decided about them."""
        async with self._context.engine.connect() as tx:
            return json(await review.history(tx, request.path_params["id"]))

    async def neighbours(self, request: Request) -> Response:
        """List the people with whom a person may be one, as the review queue has them."""
        limit, offset = _page(request)
        async with self._context.engine.connect() as tx:
            person = (await members_of(tx, request.path_params["id"])).person_id
            return json(await review.candidates(tx, person=person, limit=limit, offset=offset))

    async def graph(self, request: Request) -> Response:
        """Show the profiles of a person and what joins them pair by pair."""
        async with self._context.engine.connect() as tx:
            return json(await graph(tx, request.path_params["id"], self._rules))

    async def candidates(self, request: Request) -> Response:
        """List pairs of people who may be one, the most likely first."""
        limit, offset = _page(request)
        async with self._context.engine.connect() as tx:
            return json(await review.candidates(tx, person=None, limit=limit, offset=offset))

    async def why(self, request: Request) -> Response:
        """Explain step by step why the profiles `from` and `to` are one person, or why not."""
        one, other = text(request, "from"), text(request, "to")
        if one is None or other is None:
            raise ValidationFailed("Give two profiles by their ids, as `from` and `to`.")
        async with self._context.engine.connect() as tx:
            return json(await why(tx, one, other, self._rules))

    async def decisions(self, request: Request) -> Response:
        """List decisions, the newest first; `person` restricts them to those about one person."""
        limit, offset = _page(request)
        async with self._context.engine.connect() as tx:
            person = await self._person_id(tx, text(request, "person"))
            return json(await review.decisions(tx, person=person, limit=limit, offset=offset))

    async def decision(self, request: Request) -> Response:
        """Show a decision, as soon as it is carried out."""
        async with self._context.engine.connect() as tx:
            found = await review.decision(tx, request.path_params["id"])
        if found is None:
            raise HTTPException(404, "There is no decision with this id, or not yet.")
        return json(found)

    async def forgettings(self, _request: Request) -> Response:
        """List the requests to forget somebody, the newest first, and which services have confirmed each."""
        async with self._context.engine.connect() as tx:
            return json(Forgettings(requests=tuple(await requests(tx))))

    async def forgetting(self, request: Request) -> Response:
        """Show which services have confirmed a request to forget somebody."""
        async with self._context.engine.connect() as tx:
            found = await requests(tx, request.path_params["id"].replace("\x00", ""))
        if not found:
            raise HTTPException(404, "There is no such request, or it has not arrived yet.")
        return json(found[0])

    async def _person_id(self, tx: AsyncConnection, id_: str | None) -> str | None:
        return (await members_of(tx, id_)).person_id if id_ is not None else None

    async def _person(self, id_: str, otherwise: str) -> Response:
        async with self._context.engine.connect() as tx:
            found = await person_page(tx, id_.replace("\x00", ""), self._organisations)
        if found is None:
            raise HTTPException(404, otherwise)
        return json(found)


def _page(request: Request) -> tuple[int, int]:
    return number(request, "limit", default=DEFAULT_LIMIT, most=MAX_LIMIT), number(request, "offset", default=0)
