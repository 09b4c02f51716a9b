"""Decisions by whoever has a token: published as facts, answered as soon as they are carried out."""

import asyncio
import logging
from typing import Any, Final

from bdc_chassis.api_documents import documented
from bdc_chassis.bearer import bearer
from bdc_chassis.bus import Publisher
from bdc_chassis.errors import NotFound, ValidationFailed
from bdc_chassis.forgetting.collecting import collecting_publisher
from bdc_chassis.parameters import choice, text
from bdc_chassis.service import ServiceContext
from bdc_contracts import DecisionMade, Record
from pydantic import ValidationError
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from bdc_identity import imports
from bdc_identity.addresses import load_address_rules
from bdc_identity.deciding import Asked, decide
from bdc_identity.forgetting import order
from bdc_identity.read_api import json
from bdc_identity.settings import IdentitySettings
from bdc_identity.store import review
from bdc_identity.store.queries import person_page
from bdc_identity.views import DecisionView

CREATED: Final = 201
ACCEPTED: Final = 202
MAX_BODY: Final = 1024 * 1024  # bytes
MAX_MAILMAP: Final = 8 * 1024 * 1024
PATIENCE_SECONDS: Final = 5.0
LOOK_SECONDS: Final = 0.02

log = logging.getLogger(__name__)
SECURED: Final[dict[str, Any]] = {"security": [{"bearer": []}]}


def body_of(model: type[Record]) -> dict[str, Any]:
    """Return what an OpenAPI operation says of a JSON body."""
    return {"requestBody": {"required": True, "content": {"application/json": {"schema": model.model_json_schema()}}}}


class WriteApi:
    """Publishes what somebody decides; the projector is the only one who writes it down."""

    def __init__(self, context: ServiceContext) -> None:
        self._context = context
        self._settings: IdentitySettings = context.settings

    @documented(SECURED)
    async def whoami(self, request: Request) -> Response:
        """Tell whose token this is."""
        return JSONResponse({"name": bearer(request, self._settings.identity_tokens)})

    @documented(SECURED | body_of(Asked))
    async def decide(self, request: Request) -> Response:
        """Make a decision: `verb`, `people` or `profiles`, `value`, `note`, `undoes`, as JSON; needs a token.

        The answer is 201 with the decision once it is carried out, or 202 with its `id` if that takes longer.
        """
        actor = bearer(request, self._settings.identity_tokens)
        asked = await _asked(request)
        async with self._context.engine.connect() as tx:
            made = await decide(tx, asked, actor)
        async with await self._publisher() as publisher:
            await publisher.publish(made)
        if (done := await self._carried_out(made)) is not None:
            return json(done, CREATED)
        return JSONResponse({"id": made.decision_id, "status": "on its way"}, ACCEPTED)

    @documented(SECURED | {"requestBody": {"required": True, "content": {"text/plain": {}}}})
    async def import_mailmap(self, request: Request) -> Response:
        """Import a mail map, the body, that `origin` (such as a repository) has; needs a token.

        With `form=authors` it is a list of authors, whose lines give several addresses of one name. Importing again
        changes nothing, and what a human decides wins over it.
        """
        bearer(request, self._settings.identity_tokens)
        origin = text(request, "origin")
        if origin is None:
            raise ValidationFailed("Say in `origin` whose mail map it is, such as github.com/boostorg/json.")
        form = choice(request, "form", ("mailmap", "authors"), default="mailmap")
        entries = imports.entries_of(await limited_body(request, MAX_MAILMAP), authors=form == "authors")
        if not entries:
            raise ValidationFailed("No line of this says who is who: `Proper Name <address> <other address>` would.")
        async with await self._publisher() as publisher:
            for fact in imports.facts(entries, origin):
                await publisher.publish(fact)
        return JSONResponse({"entries": len(entries), "people": len({entry.email for entry in entries})})

    @documented(SECURED)
    async def forget(self, request: Request) -> Response:
        """Forget a person in every service; needs a token. The answer names the request, never the person."""
        actor = bearer(request, self._settings.identity_tokens)
        async with self._context.engine.begin() as tx:
            person = await person_page(tx, request.path_params["id"].replace("\x00", ""))
            if person is None:
                raise NotFound("There is no person with this id.")
            forgotten = await order(tx, person, load_address_rules(self._settings.generic_addresses))
        async with Publisher(self._context.bus) as publisher:
            await publisher.publish(forgotten)
        log.info("somebody is to be forgotten", extra={"request_id": forgotten.request_id, "actor": actor})
        return JSONResponse({"request_id": forgotten.request_id}, ACCEPTED)

    async def _publisher(self) -> Publisher:
        """Return a publisher that lets nothing about forgotten people through."""
        return await collecting_publisher(self._context.bus, window=self._settings.publish_window)

    async def _carried_out(self, made: DecisionMade) -> DecisionView | None:
        """Wait a little until the projector, here or in another process, has written the decision down."""
        deadline = asyncio.get_running_loop().time() + PATIENCE_SECONDS
        while asyncio.get_running_loop().time() < deadline:
            async with self._context.engine.connect() as tx:
                if (found := await review.decision(tx, made.decision_id)) is not None:
                    return found
            await asyncio.sleep(LOOK_SECONDS)
        return None


async def _asked(request: Request) -> Asked:
    body = await limited_body(request)
    try:
        return Asked.model_validate_json(body)
    except ValidationError as error:
        wrong = error.errors(include_url=False, include_input=False)[0]
        where = ".".join(map(str, wrong["loc"])) or "the body"
        raise ValidationFailed(f"{where}: {wrong['msg']}.") from None


async def limited_body(request: Request, limit: int = MAX_BODY) -> bytes:
    """Return the body of a request.

    Raises:
        ValidationFailed: it is longer than `limit` bytes.
    """
    body = b""
    async for chunk in request.stream():
        body += chunk
        if len(body) > limit:
            raise ValidationFailed(f"The request is too long: send {limit:,} bytes at most.")
    return body
