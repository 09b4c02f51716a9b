"""One database per test, cloned from a template; templates hold the migrated schemas of services."""

import asyncio
import threading
from collections.abc import Coroutine
from concurrent.futures import Future
from itertools import count
from typing import TYPE_CHECKING, Any, TypeVar
from uuid import uuid4

if TYPE_CHECKING:
    import asyncpg

Result = TypeVar("Result")
QUERY_SECONDS = 30.0


class Databases:
    """Creates and drops databases over one connection, in a thread of its own so that any test can use it."""

    def __init__(self, url: str) -> None:
        self.url = url
        self._prefix = f"bdc_test_{uuid4().hex[:8]}"
        self._numbers = count(1)
        self._templates: dict[str, str] = {}
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="test-databases", daemon=True)
        self._thread.start()
        self._connection: asyncpg.Connection[Any] = self._wait(self._connect())

    def new_name(self) -> str:
        """Return a database name that nobody else uses."""
        return f"{self._prefix}_{next(self._numbers)}"

    def url_of(self, name: str) -> str:
        """Return the address of a database beside the one that was given."""
        base, _, query = self.url.partition("?")
        return f"{base.rpartition('/')[0]}/{name}{'?' if query else ''}{query}"

    def create(self, name: str, template: str = "template0") -> None:
        """Create a database as a copy of `template`."""
        self._wait(self._execute(f'CREATE DATABASE "{name}" TEMPLATE "{template}" STRATEGY FILE_COPY'))

    def drop(self, name: str) -> None:
        """Drop a database, whoever is still connected to it."""
        self._wait(self._execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)'))

    def template(self, key: str) -> str | None:
        """Return the template remembered under `key`."""
        return self._templates.get(key)

    def remember(self, key: str, name: str) -> None:
        """Use the database `name` as the template of `key` from now on; nobody may be connected to it."""
        self._templates[key] = name

    def close(self) -> None:
        """Drop the templates and end the connection."""
        for name in self._templates.values():
            self.drop(name)
        self._wait(self._connection.close())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    async def _connect(self) -> "asyncpg.Connection[Any]":
        import asyncpg  # noqa: PLC0415  (the plugin is loaded by every pytest; only tests with a database pay for the driver)

        return await asyncpg.connect(self.url)

    async def _execute(self, statement: str) -> None:
        await self._connection.execute(statement)

    def _wait(self, work: Coroutine[Any, Any, Result]) -> Result:
        future: Future[Result] = asyncio.run_coroutine_threadsafe(work, self._loop)
        return future.result(QUERY_SECONDS)
