"""An HTTP server inside a process that does other things too: uvicorn without its signal handlers."""

import asyncio
import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Self

import uvicorn

from bdc_chassis.errors import CommandError

if TYPE_CHECKING:
    from starlette.types import ASGIApp

GRACE_SECONDS = 3
BACKLOG = 512
POLL_SECONDS = 0.005


class HttpServer:
    """Serves `app` for the length of the block; `port` is the real one, also where 0 was asked for.

    Entering raises CommandError when the address is taken.
    """

    def __init__(self, app: "ASGIApp", host: str, port: int) -> None:
        self._socket = _bind(host, port)
        self.host = host
        self.port: int = self._socket.getsockname()[1]
        config = uvicorn.Config(
            app,
            log_config=None,
            access_log=False,
            lifespan="off",
            ws="none",
            timeout_graceful_shutdown=GRACE_SECONDS,
        )
        self._server = _Server(config)

    async def __aenter__(self) -> Self:
        self._task = asyncio.create_task(self._server.serve(sockets=[self._socket]), name="http")
        while not self._server.started and not self._task.done():  # noqa: ASYNC110
            await asyncio.sleep(POLL_SECONDS)  # uvicorn has no event for it
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.should_exit = True
        await self._task


class _Server(uvicorn.Server):
    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Leave the signals to the service, which drains its consumers before the server goes."""
        yield


def _bind(host: str, port: int) -> socket.socket:
    # Named as TCP, since asyncio turns Nagle's algorithm off only for sockets that say so (`socket.create_server`
    # leaves the protocol 0): an answer in two writes would wait 40 ms for the client's delayed acknowledgement.
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    bound = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    try:
        bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        bound.bind((host, port))
        bound.listen(BACKLOG)
    except OSError as error:
        bound.close()
        raise CommandError(
            f"cannot listen on {host}:{port} ({os.strerror(error.errno or 0)}): set BDC_HTTP_PORT to a free port, or 0"
        ) from error
    return bound


@contextmanager
def port_file(path: Path | None, port: int) -> Iterator[None]:
    """Keep `port` in a file, whole or not at all, for the length of the block."""
    if path is None:
        yield
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    scratch = path.with_name(f".{path.name}.{os.getpid()}")
    scratch.write_text(str(port))
    scratch.replace(path)
    try:
        yield
    finally:
        path.unlink(missing_ok=True)
