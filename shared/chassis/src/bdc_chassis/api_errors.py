"""Errors of a read API: a status and one sentence as JSON, `{"error": "…"}`."""

import logging

from bdc_contracts import ErrorCategory
from sqlalchemy.exc import DBAPIError
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.types import HTTPExceptionHandler

from bdc_chassis.errors import BdcError, NotFound, classify, is_transient, sentence

BAD_REQUEST = 400
NOT_FOUND = 404
SERVER_ERROR = 500
UNAVAILABLE = 503

log = logging.getLogger(__name__)


async def refused(_request: Request, error: Exception) -> Response:
    """Answer what a handler refused by an HTTPException."""
    assert isinstance(error, HTTPException)  # noqa: S101  (registered for it alone)
    return JSONResponse({"error": error.detail}, error.status_code, headers=error.headers)


async def failed(request: Request, error: Exception) -> Response:
    """Answer any other error: 400 for what the caller may mend, 404, 503 for what passes, else 500 without details."""
    if is_transient(error):
        return JSONResponse({"error": "a part of the service is away; try again later"}, UNAVAILABLE)
    if isinstance(error, NotFound):
        return JSONResponse({"error": sentence(error)}, NOT_FOUND)
    if isinstance(error, BdcError) and classify(error) is ErrorCategory.VALIDATION:
        return JSONResponse({"error": sentence(error)}, BAD_REQUEST)
    log.error("%s %s failed", request.method, request.url.path, exc_info=error)
    return JSONResponse({"error": "an unexpected error, which the service has logged"}, SERVER_ERROR)


HANDLERS: dict[type[Exception], HTTPExceptionHandler] = {
    HTTPException: refused,
    BdcError: failed,
    DBAPIError: failed,
    OSError: failed,
    ValueError: failed,
    LookupError: failed,
}
