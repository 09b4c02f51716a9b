"""The connection to NATS: one per process, reconnecting without limit once it was up.

The first connection must succeed within `CONNECT_SECONDS`, so that a wrong address is one clear sentence and not
a process that hangs.
"""

import asyncio
import logging
import random
from collections.abc import Callable
from contextlib import suppress
from typing import TYPE_CHECKING, Any, Final, Protocol, Self
from urllib.parse import urlsplit

import nats.errors
from nats.aio.client import Client, Server
from nats.js import JetStreamContext
from nats.js.kv import KeyValue
from nats.js.object_store import ObjectStore

from bdc_chassis.bus.frames import FastClient
from bdc_chassis.errors import NetworkError

if TYPE_CHECKING:
    from bdc_chassis.bus.stats import ConsumerStats

CONNECT_SECONDS: Final = 5.0
FIRST_ATTEMPTS_APART_SECONDS: Final = 0.25
FIRST_RECONNECT_SECONDS: Final = 0.05
LONGEST_RECONNECT_SECONDS: Final = 2.0
PING_SECONDS: Final = 20
FLUSH_SECONDS: Final = 2
API_SECONDS: Final = 5.0
PENDING_BYTES: Final = 8 * 1024 * 1024

log = logging.getLogger(__name__)


class BusSettings(Protocol):
    """What a connection needs to know."""

    @property
    def nats_url(self) -> str:
        """Return the server's address, several separated by commas."""


class Bus:
    """A connection with JetStream; `consumers` holds the counters of the projections that run on it."""

    def __init__(self, client: Client, *, name: str, url: str) -> None:
        self.client = client
        self.name = name
        self.url = url
        self.js: JetStreamContext = client.jetstream(timeout=API_SECONDS)
        self.consumers: dict[str, ConsumerStats] = {}
        self.last_error: Exception | None = None
        self._closing = False
        self._reconnected: set[Callable[[], None]] = set()
        self._key_values: dict[str, KeyValue] = {}
        self._object_stores: dict[str, ObjectStore] = {}

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    @property
    def connected(self) -> bool:
        """Tell whether the connection is up right now."""
        return bool(self.client.is_connected)

    def on_reconnect(self, callback: Callable[[], None]) -> Callable[[], None]:
        """Call `callback` after each reconnection; the function returned ends that."""
        self._reconnected.add(callback)
        return lambda: self._reconnected.discard(callback)

    async def on_error(self, error: Exception) -> None:
        """Note what the client library reports; while the server is away, every attempt is one."""
        self.last_error = error
        log.debug("nats %s: %s", self.name, error)

    async def on_disconnected(self) -> None:
        """Log that the connection broke (or was closed)."""
        if not self._closing:
            log.warning("nats %s: connection lost (%s), reconnecting", self.name, self.last_error)

    async def on_reconnected(self) -> None:
        """Tell everybody who asked that requests and unacknowledged messages of the old connection are lost."""
        log.info("nats %s: connected again", self.name)
        for callback in tuple(self._reconnected):
            callback()

    def next_server(self, servers: list[Server], _info: dict[str, Any]) -> tuple[Server, float]:
        """Choose where to reconnect to, and after how many seconds.

        A cancellation that meets a refused connection is lost in `asyncio.wait_for` (Python 3.11), and the client's
        loop would go on after `close`: so this ends it.
        """
        if self._closing:
            raise asyncio.CancelledError
        server = min(servers, key=lambda each: each.reconnects)
        wait = min(FIRST_RECONNECT_SECONDS * 2.0 ** min(server.reconnects, 8), LONGEST_RECONNECT_SECONDS)
        return server, wait * random.uniform(0.5, 1.0)  # noqa: S311  (not a secret)

    async def key_value(self, bucket: str) -> KeyValue:
        """Return a KV bucket.

        Raises:
            nats.js.errors.BucketNotFoundError: the bus is not provisioned.
        """
        if bucket not in self._key_values:
            self._key_values[bucket] = await self.js.key_value(bucket)
        return self._key_values[bucket]

    async def object_store(self, bucket: str) -> ObjectStore:
        """Return an object bucket.

        Raises:
            nats.js.errors.BucketNotFoundError: the bus is not provisioned.
        """
        if bucket not in self._object_stores:
            self._object_stores[bucket] = await self.js.object_store(bucket)
        return self._object_stores[bucket]

    async def close(self) -> None:
        """Send what is buffered (where the server is there) and close; a server that went away is no error here."""
        self._closing = True
        if self.client.is_closed:
            return
        if self.client.is_connected:
            with suppress(nats.errors.Error, TimeoutError, OSError):
                await self.client.flush(timeout=FLUSH_SECONDS)
        with suppress(nats.errors.Error, TimeoutError, OSError):
            async with asyncio.timeout(FLUSH_SECONDS):
                await self.client.close()


async def connect(settings: BusSettings, *, name: str) -> Bus:
    """Connect to NATS; `name` is shown in the server's monitoring.

    Raises:
        NetworkError: nothing answers at the address, or it refuses the credentials.
    """
    client = FastClient()
    bus = Bus(client, name=name, url=settings.nats_url)
    try:
        async with asyncio.timeout(CONNECT_SECONDS):
            await client.connect(
                servers=[part.strip() for part in settings.nats_url.split(",")],
                name=name,
                error_cb=bus.on_error,
                disconnected_cb=bus.on_disconnected,
                reconnected_cb=bus.on_reconnected,
                reconnect_to_server_handler=bus.next_server,
                max_reconnect_attempts=-1,
                reconnect_time_wait=FIRST_ATTEMPTS_APART_SECONDS,  # type: ignore[arg-type]  # fractions work
                ping_interval=PING_SECONDS,
                pending_size=PENDING_BYTES,
            )
    except (TimeoutError, OSError, nats.errors.Error, ValueError) as error:
        await bus.close()
        reason = bus.last_error or error
        raise NetworkError(
            f"NATS does not answer at {location(settings.nats_url)} ({reason or type(reason).__name__}):"
            " start it (`bdc up`) or set BDC_NATS_URL"
        ) from error
    return bus


def location(url: str) -> str:
    """Return the addresses without credentials."""
    parts = (urlsplit(part.strip()) for part in url.split(","))
    return ", ".join(f"{part.scheme}://{part.netloc.rpartition('@')[2]}" for part in parts)
