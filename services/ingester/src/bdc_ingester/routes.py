"""What is answered over HTTP: `POST /submit` and `GET /status`, as senders know them, and the read API."""

import asyncio
import logging
from collections.abc import Sequence
from http import HTTPStatus
from typing import Final

from bdc_chassis.api_documents import documented
from bdc_chassis.service import ServiceContext
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from bdc_ingester import metrics
from bdc_ingester.read_api import read_routes
from bdc_ingester.settings import IngesterSettings
from bdc_ingester.spool import Spool, State
from bdc_ingester.submit import Answer, Receiver, Refusal, Tokens
from bdc_ingester.submit.openapi import STATUS, SUBMIT

MESSAGES: Final = {
    State.IN_PROGRESS: "File still in progress",
    State.READY: "File waiting for processing",
    State.PROCESSED: "File archived",
    State.FAILED: "File failed to pass validation",
    State.NOT_FOUND: "File not found",
}

log = logging.getLogger(__name__)


def routes(context: ServiceContext) -> Sequence[BaseRoute]:
    """Return everything that is answered.

    Raises:
        ConfigurationError: the keys of the senders' tokens, or the spool, can not be used.
    """
    return [*sender_routes(context.settings), *read_routes(context)]


def sender_routes(settings: IngesterSettings) -> list[BaseRoute]:
    """Return the routes for those who submit.

    Raises:
        ConfigurationError: the keys of their tokens, or the spool, can not be used.
    """
    senders = Senders(settings)
    return [Route("/submit", senders.submit, methods=["POST"]), Route("/status", senders.status)]


class Senders:
    """Answers those who submit."""

    def __init__(self, settings: IngesterSettings) -> None:
        self._tokens = Tokens.of(settings)
        self._spool = Spool.of(settings)
        self._receiver = Receiver(self._spool, max_bytes=settings.ingester_max_file_bytes)
        self._spool.create()

    @documented(SUBMIT)
    async def submit(self, request: Request) -> Response:
        """Put a submission into the spool; it is durable there once the answer is 200."""
        try:
            origin = self._tokens.origin(request.headers.get("authorization"))
            identity, size = await self._receiver.receive(request, origin)
        except Refusal as refusal:
            metrics.refused()
            return Answer.refused(refusal)
        except OSError:
            metrics.broken()
            log.exception("a submission could not be stored")
            return Answer.refused(
                Refusal(HTTPStatus.SERVICE_UNAVAILABLE, "it could not be stored: send it again later")
            )
        metrics.received(origin, size)
        log.info("submission received", extra={"submission": identity, "bytes": size, "origin": origin})
        return Answer(identity, "ok", f"Received submission {identity} with size {size} bytes")

    @documented(STATUS)
    async def status(self, request: Request) -> Response:
        """Say where a submission stands: inprogress, ready, processed, failed or notfound."""
        try:
            self._tokens.origin(request.headers.get("authorization"))
            identity = _identity(request)
        except Refusal as refusal:
            metrics.refused()
            return Answer.refused(refusal)
        state = await asyncio.to_thread(self._spool.state, identity)
        code = HTTPStatus.NOT_FOUND if state is State.NOT_FOUND else HTTPStatus.OK
        return Answer(identity, state.value, MESSAGES[state], code)


def _identity(request: Request) -> str:
    identity = request.query_params.get("id", "")
    if not (identity.isascii() and identity.isalnum()):
        raise Refusal(HTTPStatus.BAD_REQUEST, "`id` must be the letters and digits that /submit answered")
    return identity
