"""The storage server for logs: an excerpt goes there under its digest, and has an address from then on."""

import asyncio
import gzip
from types import TracebackType
from typing import Final, Self

import httpx
from bdc_chassis.errors import NetworkError, TimedOut, redact
from pydantic import SecretStr

FILE_NAME: Final = "logexcerpt.txt.gz"
FOLDER: Final = "logexcerpt"


class StorageServer:
    """Uploads excerpts; no upload takes longer than `timeout` seconds, whatever the server does meanwhile."""

    def __init__(self, url: str, token: SecretStr, *, timeout: float) -> None:
        self._url = url
        self._timeout = timeout
        headers = {"Authorization": f"Bearer {token.get_secret_value()}"}
        self._client = httpx.AsyncClient(headers=headers, timeout=timeout)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        await self._client.aclose()

    async def upload(self, digest: str, excerpt: str) -> str:
        """Store an excerpt and return its address; storing it again changes nothing.

        Raises:
            TimedOut: the server did not answer in time.
            NetworkError: it does not answer, or not with 200.
        """
        folder = f"{FOLDER}/{digest}"
        content = await asyncio.to_thread(gzip.compress, excerpt.encode(), mtime=0)
        try:
            async with asyncio.timeout(self._timeout):  # httpx' own is for each read and write by itself
                answer = await self._client.post(
                    f"{self._url}/upload",
                    data={"path": folder},
                    files={"file0": (FILE_NAME, content, "application/gzip")},
                )
        except (TimeoutError, httpx.TimeoutException) as error:
            raise TimedOut(f"the storage server did not take a log excerpt within {self._timeout:.0f} s") from error
        except httpx.HTTPError as error:
            raise NetworkError(f"the storage server can not be reached: {redact(str(error))}") from error
        if answer.status_code != httpx.codes.OK:
            raise NetworkError(f"the storage server answers {answer.status_code} to a log excerpt")
        return f"{self._url}/{folder}/{FILE_NAME}"
