"""The pull loop of a durable consumer: keeps the next batch on its way while the last one is being written.

nats-py's `fetch` costs a task and a timer per message (40 µs; FastStream's batch subscriber stands on it, and spins on
a consumer that is gone). This one keeps pull requests outstanding on an inbox of its own and collects what arrives
(18 µs with parsing). It outlives what the server does: requests that a restart lost are asked for again, a consumer
that is gone is reported and awaited with growing patience.
"""

import asyncio
import json
import logging
from collections import deque
from contextlib import suppress
from typing import Final

import nats.errors
from nats.aio.msg import Msg
from nats.js.errors import NotFoundError

from bdc_chassis.bus.connection import Bus
from bdc_chassis.bus.delivery import Delivery, backoff_seconds
from bdc_chassis.bus.frames import receive
from bdc_chassis.bus.provision import ACK_WAIT_SECONDS
from bdc_chassis.bus.stats import ConsumerStats

EXPIRES_SECONDS: Final = 30
HEARTBEAT_SECONDS: Final = 5
SILENCE_SECONDS: Final = 2.5 * HEARTBEAT_SECONDS
LINGER_SECONDS: Final = 0.1
TICK_SECONDS: Final = 0.25
LONGEST_SEARCH_SECONDS: Final = 5.0
BUFFER_BYTES: Final = 32 * 1024 * 1024
REQUEST_BYTES: Final = 16 * 1024 * 1024
NANOSECONDS: Final = 1_000_000_000

log = logging.getLogger(__name__)


class Puller:
    """Delivers batches of a durable; `stats.problem` says why none arrive, where something is wrong.

    Once the consumer was `found`, `ack_wait` is its acknowledgement time in seconds.
    """

    def __init__(self, bus: Bus, stats: ConsumerStats, *, batch: int) -> None:
        self.ack_wait = ACK_WAIT_SECONDS
        self.found = asyncio.Event()
        self._bus = bus
        self._stats = stats
        self._batch = batch
        self._subject = f"$JS.API.CONSUMER.MSG.NEXT.{stats.stream}.{stats.durable}"
        self._inbox = f"{bus.client.new_inbox()}."
        self._buffer: deque[Delivery] = deque()
        self._bytes = 0
        self._promised = 0
        self._requests = 0
        self._silent = False
        self._heard = 0.0
        self._lost = True
        self._failures = 0
        self._retry_at = 0.0
        self._arrived = asyncio.Event()
        self._attention = asyncio.Event()
        self._stopping = False

    async def start(self) -> "asyncio.Task[None]":
        """Subscribe and begin to pull; the task returned ends only by an error, or when stopped."""
        self._subscription = await receive(self._bus.client, f"{self._inbox}*", self._on_message)
        self._forget = self._bus.on_reconnect(self._on_reconnect)
        self._keeper = asyncio.create_task(self._keep(), name=f"pull-{self._stats.durable}")
        return self._keeper

    async def stop(self) -> list[Delivery]:
        """Stop pulling and return what was fetched but not handed out."""
        self._stopping = True
        self._arrived.set()
        self._forget()
        self._keeper.cancel()
        with suppress(nats.errors.Error):
            await self._subscription.unsubscribe()
        left = list(self._buffer)
        self._buffer.clear()
        return left

    def buffered(self) -> list[Delivery]:
        """Return what was fetched but not handed out yet."""
        return list(self._buffer)

    async def next_batch(self, limit: int) -> list[Delivery]:
        """Wait for messages and return up to `limit`; an empty list once stopped.

        A batch that is not full waits `LINGER_SECONDS` where the server says that there is more.
        """
        while not self._buffer and not self._stopping:
            self._arrived.clear()
            await self._arrived.wait()
        if len(self._buffer) < limit and self._buffer and self._buffer[-1].pending:
            with suppress(TimeoutError):
                async with asyncio.timeout(LINGER_SECONDS):
                    while len(self._buffer) < limit and not self._stopping:
                        self._arrived.clear()
                        await self._arrived.wait()
        taken = [self._buffer.popleft() for _ in range(min(limit, len(self._buffer)))]
        self._bytes -= sum(len(delivery.msg.data) for delivery in taken)
        await self._top_up()
        return taken

    def _on_message(self, msg: Msg) -> None:
        self._silent = False
        if msg.subject.startswith(self._inbox):
            self._on_status(msg)
            return
        self._promised -= 1
        self._bytes += len(msg.data)
        self._buffer.append(Delivery(msg))
        self._arrived.set()

    def _on_status(self, msg: Msg) -> None:
        """Handle the end of a request: expired (408), used up (409), consumer or server gone (409, 503)."""
        headers = msg.headers or {}
        status, reason = headers.get("Status", ""), headers.get("Description", "")
        if status == "100":
            return
        self._promised = max(0, self._promised - int(headers.get("Nats-Pending-Messages", self._promised)))
        if status == "503" or (status == "409" and ("deleted" in reason.lower() or "shutdown" in reason.lower())):
            self._lose(reason or "no consumer answers")
        self._attention.set()

    def _on_reconnect(self) -> None:
        self._promised = 0
        self._lose("reconnected")
        self._retry_at = 0.0

    def _lose(self, reason: str) -> None:
        """Stop asking until the server confirms the consumer."""
        if not self._lost:
            log.warning("consumer %s: %s", self._stats.durable, reason)
        self._lost, self._promised = True, 0
        self._failures += 1
        self._retry_at = asyncio.get_running_loop().time() + min(
            backoff_seconds(self._failures), LONGEST_SEARCH_SECONDS
        )

    async def _keep(self) -> None:
        """Ask for more when a request ends, find the consumer (again), notice requests that died in silence."""
        while True:
            now = asyncio.get_running_loop().time()
            if not self._silent:
                self._heard, self._silent = now, True
            if self._lost and now >= self._retry_at and self._bus.connected:
                await self._find()
            elif not self._lost and self._promised and now - self._heard > SILENCE_SECONDS:
                self._lose(f"nothing heard for {SILENCE_SECONDS:.0f} s")
                self._retry_at = now
            await self._top_up()
            with suppress(TimeoutError):
                async with asyncio.timeout(TICK_SECONDS):
                    await self._attention.wait()
            self._attention.clear()

    async def _find(self) -> None:
        try:
            info = await self._bus.js.consumer_info(self._stats.stream, self._stats.durable)
        except NotFoundError:
            self._lose("does not exist")
            self._stats.problem = f"the durable {self._stats.durable} does not exist: run `migrate` of its service"
        except (nats.errors.Error, TimeoutError, OSError) as error:
            self._lose(str(error))
            self._stats.problem = f"JetStream does not answer for the durable {self._stats.durable}: {error}"
        else:
            self.ack_wait = info.config.ack_wait or ACK_WAIT_SECONDS
            self._lost, self._failures, self._promised = False, 0, 0
            self.found.set()
            self._stats.problem = None
            self._silent = False

    async def _top_up(self) -> None:
        """Keep two batches fetched or on their way."""
        wanted = 2 * self._batch - len(self._buffer) - self._promised
        if self._lost or self._stopping or wanted < self._batch or self._bytes >= BUFFER_BYTES:
            return
        self._requests += 1
        self._promised += wanted
        request = {
            "batch": wanted,
            "expires": EXPIRES_SECONDS * NANOSECONDS,
            "idle_heartbeat": HEARTBEAT_SECONDS * NANOSECONDS,
            "max_bytes": REQUEST_BYTES,
        }
        with suppress(nats.errors.Error):
            await self._bus.client.publish(
                self._subject, json.dumps(request).encode(), reply=f"{self._inbox}{self._requests}"
            )
