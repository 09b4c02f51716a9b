"""The HTTP client: one connection pool, one policy for time-outs, retries, limits and secrets."""

import asyncio
import logging
import random
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import Any, Final, Self

import httpx
import orjson
from bdc_contracts import ErrorCategory

from bdc_chassis.errors import BdcError, NetworkError, RateLimited, TimedOut, ValidationFailed, http_status_category
from bdc_chassis.http.budget import Budget, Sleep
from bdc_chassis.http.errors import HttpStatusError, ResponseTooLarge
from bdc_chassis.http.retry_after import retry_after_seconds
from bdc_chassis.http.tokens import Token, TokenPool
from bdc_chassis.redaction import redact

DEFAULT_RESOURCE: Final = "core"
USER_AGENT: Final = "boost-data-collector"
MAX_BYTES: Final = 64 * 1024 * 1024
FILE_STEP_BYTES: Final = 1024 * 1024
FIRST_BACKOFF_S: Final = 0.5
LONGEST_BACKOFF_S: Final = 30.0
UNSAFE_METHODS: Final = frozenset({"POST", "PUT", "PATCH", "DELETE"})
NOT_MODIFIED: Final = 304
ERROR_STATUS: Final = 400

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Answer:
    """A response, read to its end; with `not_modified` the body is empty and what the caller has is current."""

    status: int
    headers: Mapping[str, str]
    content: bytes
    url: str

    @property
    def not_modified(self) -> bool:
        """Return whether the entity tag that was sent is still the current one."""
        return self.status == NOT_MODIFIED

    @property
    def etag(self) -> str | None:
        """Return the entity tag, to be sent with the next request for the same thing."""
        return self.headers.get("etag")

    def json(self) -> Any:
        """Return the body as JSON.

        Raises:
            ValidationFailed: it is none.
        """
        try:
            return orjson.loads(self.content)
        except orjson.JSONDecodeError as error:
            raise ValidationFailed(f"{redact(self.url)} did not answer with JSON: {error}") from error


class HttpClient:
    """Asks one source, politely.

    Args:
        base_url: what relative addresses are relative to; tokens are sent to its host only.
        timeout: seconds for each of connecting, sending and every piece of the answer.
        attempts: how often a request is made in all; requests that change something are made once.
        max_wait: longest wait in seconds that a source may ask for; beyond it, RateLimited is raised.
        max_bytes: largest body.
        budgets: pace per resource.
        tokens: access tokens, used in turn.
        headers: sent with every request.
        sleep: how to wait, a seam for tests.
    """

    def __init__(
        self,
        base_url: str = "",
        *,
        timeout: float = 30.0,
        attempts: int = 4,
        max_wait: float = 900.0,
        max_bytes: int = MAX_BYTES,
        budgets: Mapping[str, Budget] | None = None,
        tokens: TokenPool | None = None,
        headers: Mapping[str, str] | None = None,
        sleep: Sleep = asyncio.sleep,
    ) -> None:
        self._client = httpx.AsyncClient(
            base_url=base_url,
            timeout=timeout,
            headers={"user-agent": USER_AGENT, **(headers or {})},
            follow_redirects=True,
        )
        self._host = httpx.URL(base_url).host
        self._attempts = attempts
        self._max_wait = max_wait
        self._max_bytes = max_bytes
        self._budgets = budgets or {}
        self._tokens = tokens or TokenPool([])
        self._sleep = sleep
        self._paused_until: dict[str, float] = {}

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._client.aclose()

    async def get(
        self,
        url: str,
        *,
        params: Mapping[str, str | int] | None = None,
        headers: Mapping[str, str] | None = None,
        etag: str | None = None,
        resource: str = DEFAULT_RESOURCE,
    ) -> Answer:
        """Get `url`; with `etag`, only if it changed since. See `request` for the errors."""
        conditional = {"if-none-match": etag} if etag else {}
        return await self.request(
            "GET", url, params=params, headers={**(headers or {}), **conditional}, resource=resource
        )

    async def download(self, url: str, to: Path, *, headers: Mapping[str, str] | None = None) -> Answer:
        """Get `url` into a file, whatever its size; the answer has no content.

        A broken transfer starts over, and `max_bytes` does not apply. See `request` for the errors.
        """
        return await self._repeated(self._client.build_request("GET", url, headers=headers), DEFAULT_RESOURCE, to=to)

    async def request(
        self,
        method: str,
        url: str,
        *,
        params: Mapping[str, str | int] | None = None,
        headers: Mapping[str, str] | None = None,
        json: Any = None,
        resource: str = DEFAULT_RESOURCE,
        repeatable: bool | None = None,
    ) -> Answer:
        """Make a request; what fails for a passing reason is repeated if `repeatable` (by default: if it only reads).

        Raises:
            HttpStatusError: an error status, with its category.
            RateLimited: the source wants a longer wait than `max_wait`, or again and again.
            NetworkError: no connection.
            TimedOut: no answer in time.
            ResponseTooLarge: more than `max_bytes`.
        """
        request = self._client.build_request(method, url, params=params, headers=headers, json=json)
        once = repeatable is False or (repeatable is None and method in UNSAFE_METHODS)
        return await self._repeated(request, resource, attempts=1 if once else None)

    async def _repeated(
        self, request: httpx.Request, resource: str, *, attempts: int | None = None, to: Path | None = None
    ) -> Answer:
        await self._pause(resource)
        attempts = attempts or self._attempts
        for attempt in range(1, attempts + 1):
            try:
                return await self._once(request, resource, to)
            except BdcError as error:
                wait = self._wait_before_next(error, attempt, resource)
                if isinstance(error, RateLimited) and wait and not len(self._tokens):
                    self._paused_until[resource] = asyncio.get_running_loop().time() + min(wait, self._max_wait)
                if attempt == attempts or wait is None or wait > self._max_wait:
                    raise
                log.info("request is repeated in %.1f s", wait, extra={"attempt": attempt, "error": str(error)})
                await self._sleep(wait)
        raise AssertionError("unreachable: the last attempt returns or raises")

    async def _pause(self, resource: str) -> None:
        """Wait for as long as the source asked another request to wait: it meant all of us."""
        wait = self._paused_until.get(resource, 0.0) - asyncio.get_running_loop().time()
        if wait > 0:
            await self._sleep(wait)

    def _wait_before_next(self, error: BdcError, attempt: int, resource: str) -> float | None:
        """Return the seconds to wait, None where another attempt would not help."""
        if isinstance(error, RateLimited):
            now = datetime.now(UTC).timestamp()
            token = self._tokens.pick(resource) if len(self._tokens) > 1 else None
            return token.wait(resource, now) if token else error.retry_after
        if error.category in {ErrorCategory.NETWORK, ErrorCategory.TIMEOUT}:
            backoff = min(FIRST_BACKOFF_S * 2.0 ** (attempt - 1), LONGEST_BACKOFF_S)
            return random.uniform(backoff / 2, backoff)  # noqa: S311  (spreads retries, keeps no secret)
        return None

    async def _once(self, request: httpx.Request, resource: str, to: Path | None) -> Answer:
        if resource in self._budgets:
            await self._budgets[resource].take(self._sleep)
        token = self._tokens.pick(resource) if request.url.host == self._host else None
        if token is not None:
            request.headers["authorization"] = f"Bearer {token.secret.get_secret_value()}"
        try:
            response = await self._client.send(request, stream=True)
            try:
                wanted = to is not None and response.status_code < ERROR_STATUS
                body = await (_into(to, response) if to and wanted else self._body(response))
                answer = Answer(response.status_code, response.headers, body, str(response.url))
            finally:
                await response.aclose()
        except httpx.TimeoutException as error:
            raise TimedOut(f"{_what(request)} was not answered in time; try again later") from error
        except httpx.HTTPError as error:
            raise NetworkError(f"{_what(request)} failed: {redact(str(error)) or type(error).__name__}") from error
        self._judge(request, answer, token, resource)
        return answer

    async def _body(self, response: httpx.Response) -> bytes:
        pieces, size = [], 0
        async for piece in response.aiter_bytes():
            size += len(piece)
            if size > self._max_bytes:
                raise ResponseTooLarge(f"{_what(response.request)} is larger than {self._max_bytes:,} bytes")
            pieces.append(piece)
        return b"".join(pieces)

    def _judge(self, request: httpx.Request, answer: Answer, token: Token | None, resource: str) -> None:
        """Raise what an error status means, and learn what the headers say about the token."""
        failed = answer.status >= ERROR_STATUS
        category = http_status_category(answer.status, answer.headers) if failed else None
        limited = category is ErrorCategory.RATE_LIMIT
        if token is not None:
            self._tokens.learn(token, resource, answer.headers, limited=limited)
        if limited:
            wait = retry_after_seconds(answer.headers, datetime.now(UTC))
            wait = 60.0 if wait is None else wait
            raise RateLimited(f"{_what(request)} is limited: wait {wait:.0f} s, or add a token", retry_after=wait)
        if failed:
            raise HttpStatusError(request.method, str(request.url), answer.status, answer.headers)


async def _into(path: Path, response: httpx.Response) -> bytes:
    with path.open("wb") as file:
        async for piece in response.aiter_bytes(FILE_STEP_BYTES):
            file.write(piece)
    return b""


def _what(request: httpx.Request) -> str:
    return f"{request.method} {redact(str(request.url))}"
