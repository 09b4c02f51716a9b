"""Where a test run's servers come from: the embedded ones, containers, or the ones that the environment names."""

import os
import tempfile
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from importlib import import_module
from pathlib import Path
from types import TracebackType
from typing import Self

from bdc_devkit.embedded.nats import NatsServer
from bdc_devkit.embedded.postgres import FAST, PostgresServer
from bdc_devkit.errors import StackError

NATS_IMAGE = "nats:2.12-alpine"
POSTGRES_IMAGE = "pgvector/pgvector:pg18"


def chosen_stack() -> str:
    """Return `embedded` (the default) or `containers`, as `BDC_TEST_STACK` says.

    Raises:
        StackError: it says something else.
    """
    stack = os.environ.get("BDC_TEST_STACK", "embedded")
    if stack not in {"embedded", "containers"}:
        raise StackError(f"BDC_TEST_STACK is {stack!r}; it must be embedded or containers")
    return stack


class NatsServers:
    """Fresh embedded servers, one per test; while a test runs, the next one's server is already starting."""

    def __init__(self) -> None:
        self._starter = ThreadPoolExecutor(1, thread_name_prefix="test-nats")
        self._next: Future[NatsServer] | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._starter.shutdown()
        if self._next is not None:
            self._next.result().process.kill()

    @contextmanager
    def server(self) -> Iterator[str]:
        """Give a server that nobody else uses, and yield its URL."""
        if url := os.environ.get("BDC_NATS_URL"):
            yield url
        elif chosen_stack() == "containers":
            containers = import_module("testcontainers.nats")  # the extra `containers`
            with containers.NatsContainer(NATS_IMAGE, jetstream=True) as container:
                yield str(container.nats_uri())
        else:
            server = (self._next or self._starter.submit(_start_nats)).result()
            self._next = self._starter.submit(_start_nats)
            try:
                yield server.url
            finally:
                server.process.kill()


def _start_nats() -> NatsServer:
    directory = Path(tempfile.mkdtemp(prefix="bdc-nats-"))
    server = NatsServer(directory, remove=[directory])
    server.start()
    return server


@contextmanager
def postgres_server() -> Iterator[str]:
    """Run a PostgreSQL server for throw-away data and yield the URL of a database in which others can be created."""
    if url := os.environ.get("BDC_DATABASE_URL"):
        yield url
    elif chosen_stack() == "containers":
        containers = import_module("testcontainers.postgres")  # the extra `containers`
        with containers.PostgresContainer(POSTGRES_IMAGE, driver=None) as container:
            yield str(container.get_connection_url())
    else:
        directory = Path(tempfile.mkdtemp(prefix="bdc-pg-"))
        server = PostgresServer(directory / "cluster", options=FAST, remove=[directory])
        server.start()
        try:
            yield server.url
        finally:
            server.kill()
