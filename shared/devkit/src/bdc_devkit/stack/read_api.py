"""Asks a running service's API."""

import json
import os
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from bdc_chassis.errors import AuthError, BdcError, NetworkError, NotFound, ValidationFailed

from bdc_devkit.errors import StackError
from bdc_devkit.stack.record import TOKEN_VARIABLE, read_record, running_stack

URLS_VARIABLE: Final = "BDC_SERVICE_URLS"
TIMEOUT_SECONDS: Final = 15.0


@dataclass(frozen=True, slots=True)
class ReadApi:
    """The API of one service; `token` is for what is more than reading."""

    service: str
    url: str
    token: str = field(default="", repr=False)

    @classmethod
    def of_stack(cls, service: str, data_dir: Path) -> "ReadApi":
        """Return the API of `service`: where BDC_SERVICE_URLS says it is, else in the stack that is up in `data_dir`.

        Raises:
            StackError: no stack is up, or it does not have this service.
        """
        urls = service_urls(data_dir)
        if service not in urls:
            raise StackError(f"The service {service} is not up: start it with `bdc up`, without --only or with it")
        return cls(service, urls[service], _token(data_dir))

    def read(self, path: str, parameters: Mapping[str, str | int] | None = None) -> Any:
        """Return the JSON that answers GET of `path`.

        Raises:
            ValidationFailed: the service refuses; the sentence is its own.
            NotFound: it has nothing there.
            NetworkError: it does not answer.
        """
        query = f"?{urllib.parse.urlencode(parameters)}" if parameters else ""
        return self._answer(urllib.request.Request(self.url + path + query))  # noqa: S310  (ours)

    def send(self, path: str, body: Any) -> Any:
        """Return the JSON that answers POST of `body` to `path`, as whoever the token belongs to.

        Raises:
            ValidationFailed: the service refuses; the sentence is its own.
            NetworkError: it does not answer.
        """
        return self._post(path, json.dumps(body).encode(), "application/json")

    def send_bytes(self, path: str, parameters: Mapping[str, str], content: bytes) -> Any:
        """Return the JSON that answers POST of a file's content; raises as `send` does."""
        return self._post(f"{path}?{urllib.parse.urlencode(parameters)}", content, "application/octet-stream")

    def _post(self, path: str, data: bytes, kind: str) -> Any:
        headers = {"Content-Type": kind, "Authorization": f"Bearer {self.token}"}
        return self._answer(urllib.request.Request(self.url + path, data, headers))  # noqa: S310  (ours)

    def _answer(self, request: urllib.request.Request) -> Any:
        try:
            with urllib.request.urlopen(request, timeout=TIMEOUT_SECONDS) as answer:  # noqa: S310  (ours)
                return json.load(answer)
        except urllib.error.HTTPError as error:
            raise self._refusal(error) from error
        except OSError as error:
            raise NetworkError(f"{self.service} at {self.url} does not answer ({error}): see `bdc status`") from error

    def _refusal(self, error: urllib.error.HTTPError) -> BdcError:
        try:
            reason = json.load(error)["error"]
        except (ValueError, KeyError, TypeError):
            reason = f"HTTP {error.code}"
        if error.code in {401, 403}:
            return AuthError(f"{self.service} does not let you ({reason}): set {TOKEN_VARIABLE} to your token")
        if error.code == 404:  # noqa: PLR2004
            return NotFound(reason)
        if error.code < 500:  # noqa: PLR2004  (the question is at fault)
            return ValidationFailed(reason)
        return NetworkError(f"{self.service} cannot answer now ({reason}): see `bdc status`")


def service_urls(data_dir: Path) -> Mapping[str, str]:
    """Return the addresses of all services: BDC_SERVICE_URLS, else those of the stack that is up in `data_dir`.

    Raises:
        StackError: no stack is up.
    """
    given: Mapping[str, str] = json.loads(os.environ.get(URLS_VARIABLE) or "{}")
    return given or running_stack(data_dir).service_urls


def _token(data_dir: Path) -> str:
    """Return the operator's token: the environment's, else that of the stack that was started here."""
    if token := os.environ.get(TOKEN_VARIABLE):
        return token
    record = read_record(data_dir)
    return record.identity_token if record is not None and record.alive else ""
