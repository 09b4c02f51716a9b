"""Where a test run's servers come from: the embedded ones, containers, or the ones that the environment names."""

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module
from pathlib import Path

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


@contextmanager
def nats_server() -> Iterator[str]:
    """Run a NATS server that nobody else uses and yield its URL."""
    if url := os.environ.get("BDC_NATS_URL"):
        yield url
    elif chosen_stack() == "containers":
        containers = import_module("testcontainers.nats")  # the extra `containers`
        with containers.NatsContainer(NATS_IMAGE, jetstream=True) as container:
            yield str(container.nats_uri())
    else:
        from bdc_devkit.embedded.nats import NatsServer  # noqa: PLC0415  (every pytest loads the plugin)

        directory = Path(tempfile.mkdtemp(prefix="bdc-nats-"))
        server = NatsServer(directory, remove=[directory])
        server.start()
        try:
            yield server.url
        finally:
            server.process.kill()


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
        from bdc_devkit.embedded.postgres import FAST, PostgresServer  # noqa: PLC0415  (every pytest loads the plugin)

        directory = Path(tempfile.mkdtemp(prefix="bdc-pg-"))
        server = PostgresServer(directory / "cluster", options=FAST, remove=[directory])
        server.start()
        try:
            yield server.url
        finally:
            server.kill()
