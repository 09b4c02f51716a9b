"""A request's body on its way into the spool: bounded while it streams, judged, and durable before the sender hears."""

import asyncio
from collections.abc import AsyncIterator
from http import HTTPStatus
from pathlib import Path
from typing import Final

from starlette.requests import ClientDisconnect, Request

from bdc_ingester.arrivals import begin_arrival
from bdc_ingester.file_names import file_name, new_id
from bdc_ingester.folders import NewFile
from bdc_ingester.rejection import Rejected
from bdc_ingester.source.json_text import parse_json
from bdc_ingester.source.senders import MOST_NAMED, owners_of
from bdc_ingester.spool import Spool
from bdc_ingester.submit.answers import Refusal

# A sender that is silent for so long has gone.
IDLE_SECONDS: Final = 60.0
# A body is parsed in memory, at several times its size.
JUDGED_AT_ONCE: Final = 2


class Receiver:
    """Puts the bodies of requests into a spool."""

    def __init__(self, spool: Spool, *, max_bytes: int) -> None:
        self._spool = spool
        self._max_bytes = max_bytes
        self._judges = asyncio.Semaphore(JUDGED_AT_ONCE)

    async def receive(self, request: Request, origin: str) -> tuple[str, int]:
        """Put the body into the spool, and return the new submission's id and size.

        Raises:
            Refusal: the body is too large, no JSON, or from somebody else than `origin`.
            OSError: it can not be stored.
        """
        _check_length(request, self._max_bytes)
        identity = new_id()
        arrival = begin_arrival(self._spool, file_name(identity))
        try:
            size = await _write(request, arrival, self._max_bytes)
            async with self._judges:
                await asyncio.to_thread(_judge, arrival.part, origin)
            await asyncio.to_thread(arrival.settle)
        finally:
            arrival.abandon()
        return identity, size


def _check_length(request: Request, max_bytes: int) -> None:
    """Refuse what says by itself that it is too large, before any of it comes."""
    length = request.headers.get("content-length", "")
    if length.isascii() and length.isdigit() and int(length) > max_bytes:
        raise _too_large(max_bytes)


async def _write(request: Request, arrival: NewFile, max_bytes: int) -> int:
    size = 0
    try:
        async for chunk in _chunks(request):
            size += len(chunk)
            if size > max_bytes:
                raise _too_large(max_bytes)
            arrival.file.write(chunk)
    except TimeoutError:
        raise Refusal(HTTPStatus.REQUEST_TIMEOUT, "the body did not come in time: send it again") from None
    except ClientDisconnect:
        raise Refusal(HTTPStatus.BAD_REQUEST, "the connection broke before the body was whole") from None
    if size == 0:
        raise Refusal(HTTPStatus.BAD_REQUEST, "the body is empty: send a submission as JSON")
    arrival.file.flush()
    return size


async def _chunks(request: Request) -> AsyncIterator[bytes]:
    stream = request.stream()
    while True:
        async with asyncio.timeout(IDLE_SECONDS):
            try:
                chunk = await anext(stream)
            except StopAsyncIteration:
                return
        yield chunk


def _judge(path: Path, origin: str) -> None:
    """Refuse what is no JSON, or is or would become another origin's than its sender's; the rest is judged later."""
    try:
        document = parse_json(path.read_bytes())
    except Rejected as error:
        raise Refusal(HTTPStatus.BAD_REQUEST, error.rejection.error) from None
    foreign = [name for name in owners_of(document) if name != origin]
    if foreign:
        names = ", ".join(foreign[:MOST_NAMED])
        raise Refusal(HTTPStatus.FORBIDDEN, f"the token is for {origin}, and the data is from {names}")


def _too_large(max_bytes: int) -> Refusal:
    return Refusal(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, f"a submission may have {max_bytes:,} bytes: send smaller ones")
