"""One HTTP client for the APIs of all services."""

from collections.abc import Mapping
from typing import Any, Final, TypeVar

import httpx
from pydantic import TypeAdapter, ValidationError

from bdc_dashboard.source.errors import NotAtSourceError, SourceError

T = TypeVar("T")

NOT_FOUND: Final = 404
REFUSALS: Final = frozenset({400, 401, 403, 422})

Params = Mapping[str, str | int | None]


class ReadApi:
    """Asks services by name; every failure is one of the two errors of this package.

    Raises (every method):
        SourceError: no address, no connection, no answer in time, an error status, or an answer of another shape.
        NotAtSourceError: the service has no such thing (404).
    """

    def __init__(self, http: httpx.AsyncClient, urls: Mapping[str, str]) -> None:
        self._http = http
        self._urls = {name: url.rstrip("/") for name, url in urls.items()}

    @property
    def services(self) -> tuple[str, ...]:
        """The services that have an address, in the order of the setting."""
        return tuple(self._urls)

    async def read(self, service: str, path: str, shape: TypeAdapter[T], params: Params | None = None) -> T:
        """Return the answer to `GET path` as `shape`; parameters that are None or empty are left out."""
        return self._understood(service, path, shape, await self.fetch(service, path, params))

    async def send(self, service: str, path: str, shape: TypeAdapter[T], body: Any, token: str) -> T:
        """Return the answer to `POST path` with a JSON body, as whoever the token belongs to."""
        headers = {"Authorization": f"Bearer {token}"}
        return self._understood(
            service, path, shape, await self._request("POST", service, path, json=body, headers=headers)
        )

    def _understood(self, service: str, path: str, shape: TypeAdapter[T], response: httpx.Response) -> T:
        if response.status_code == NOT_FOUND:
            raise NotAtSourceError(f"The {service} service has nothing at {path}.")
        if response.status_code in REFUSALS:
            raise SourceError(service, f"did not accept the question: {_sentence(response)}")
        if response.is_error:
            raise SourceError(service, f"answered with status {response.status_code}; see its log")
        try:
            return shape.validate_json(response.content)
        except ValidationError as error:
            raise SourceError(service, "sent an answer of an unknown shape; deploy matching versions") from error

    async def fetch(self, service: str, path: str, params: Params | None = None) -> httpx.Response:
        """Return the raw response, whatever its status."""
        return await self._request("GET", service, path, params=_given(params or {}))

    async def _request(self, method: str, service: str, path: str, **given: Any) -> httpx.Response:
        if service not in self._urls:
            raise SourceError(service, "has no address here; set BDC_SERVICE_URLS")
        try:
            return await self._http.request(method, self._urls[service] + path, **given)
        except httpx.TimeoutException as error:
            raise SourceError(service, "did not answer in time; it may be busy or starting") from error
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            raise SourceError(service, "cannot be reached; check that it runs") from error


def _sentence(refusal: httpx.Response) -> str:
    """Return the `error` that the service gives, without its full stop."""
    try:
        return str(refusal.json()["error"])[:300].rstrip(".")
    except (ValueError, KeyError, TypeError):
        return "check the filters"


def _given(params: Params) -> dict[str, Any]:
    return {name: value for name, value in params.items() if value not in (None, "")}
