"""The pipelined publisher: thousands of messages in flight, every acknowledgement checked.

Awaiting each acknowledgement gives 3,700 messages/s, a window of 4,096 more than ten times as much (docs/benchmarks.md, `bus`).
A message that is not acknowledged (time-out, reconnection, server restarted) is sent again under its own `Nats-Msg-Id`,
so the stream's dedup window makes of the repetitions one.
"""

import asyncio
import json
import logging
from collections.abc import Callable
from contextlib import suppress
from typing import Any, Final, Self

import nats.errors
from bdc_contracts import Event, Message
from nats.aio.msg import Msg
from nats.aio.subscription import Subscription

from bdc_chassis.bus.claim_check import check_in, needs_claim_check
from bdc_chassis.bus.connection import Bus
from bdc_chassis.errors import NetworkError

WINDOW_BYTES: Final = 32 * 1024 * 1024
GIVE_UP_SECONDS: Final = 120.0
REJECTED_RETRY_SECONDS: Final = 0.25
WATCH_SECONDS: Final = 0.25
# How often a producer that never waits by itself lets the socket be written and acknowledgements be read.
BREATHE_EVERY: Final = 256
SERVER_FAULT: Final = 500

log = logging.getLogger(__name__)


class PublishError(NetworkError):
    """The bus did not accept an event; nothing after the last flush may be counted as published."""


class _InFlight:
    """A message that waits for its acknowledgement; `due` is when it is sent again, in loop time."""

    __slots__ = ("attempts", "due", "first", "message")

    def __init__(self, message: Message, now: float) -> None:
        self.message = message
        self.first = now
        self.due = now
        self.attempts = 0


class Publisher:
    """Publishes events; leaving the block means that every one was acknowledged.

    `published` counts acknowledgements, `duplicates` those of which the server had the message already.
    """

    def __init__(
        self, bus: Bus, *, window: int = 4096, timeout: float = 10.0, give_up: float = GIVE_UP_SECONDS
    ) -> None:
        self.published = 0
        self.duplicates = 0
        self._bus = bus
        self._window = window
        self._timeout = timeout
        self._give_up = give_up
        self._inbox = f"{bus.client.new_inbox()}."
        self._in_flight: dict[str, _InFlight] = {}
        self._bytes = 0
        self._sent = 0
        self._failure: PublishError | None = None
        self._waiters: list[tuple[int, asyncio.Future[None]]] = []
        self._subscription: Subscription | None = None
        self._watcher: asyncio.Task[None] | None = None
        self._forget_reconnects: Callable[[], None] = lambda: None

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, kind: type[BaseException] | None, *_: object) -> None:
        try:
            if kind is None:
                await self.flush()
        finally:
            await self.close()

    async def publish(self, event: Event | Message) -> None:
        """Queue an event; waits only while the window is full.

        Raises:
            PublishError: an earlier event was refused, or not acknowledged in time.
        """
        self._raise_failure()
        message = event if isinstance(event, Message) else event.to_message()
        if needs_claim_check(message):
            message = await self._check_in(message)
        if self._subscription is None:
            await self._open()
        if len(self._in_flight) >= self._window or self._bytes >= WINDOW_BYTES:
            await self._drain_to(self._window * 3 // 4)
        self._sent += 1
        token = str(self._sent)
        entry = _InFlight(message, asyncio.get_running_loop().time())
        self._in_flight[token] = entry
        self._bytes += len(message.payload)
        await self._send(token, entry)
        if not self._sent % BREATHE_EVERY:
            await asyncio.sleep(0)

    async def flush(self) -> None:
        """Wait until every event so far is acknowledged.

        Raises:
            PublishError: one was refused, or not acknowledged in time.
        """
        self._raise_failure()
        if self._in_flight:
            await self._drain_to(0)

    async def close(self) -> None:
        """Stop listening for acknowledgements."""
        self._forget_reconnects()
        if self._watcher:
            self._watcher.cancel()
        if self._subscription:
            with suppress(nats.errors.Error):
                await self._subscription.unsubscribe()
        self._subscription = self._watcher = None

    async def _open(self) -> None:
        self._subscription = await self._bus.client.subscribe(f"{self._inbox}*", cb=self._on_ack)
        self._forget_reconnects = self._bus.on_reconnect(self._on_reconnect)
        self._watcher = asyncio.create_task(self._watch(), name="publisher-watch")

    async def _send(self, token: str, entry: _InFlight) -> None:
        entry.due = asyncio.get_running_loop().time() + self._timeout
        entry.attempts += 1
        message = entry.message
        if not self._bus.client.is_connected:
            return  # what is in flight is sent after the reconnection
        with suppress(nats.errors.OutboundBufferLimitError):
            await self._bus.client.publish(
                message.subject, message.payload, reply=self._inbox + token, headers=message.headers
            )

    async def _on_ack(self, msg: Msg) -> None:
        token = msg.subject[len(self._inbox) :]
        entry = self._in_flight.get(token)
        if entry is None:
            return  # the answer to an earlier attempt came first
        if not msg.data or b'"error"' in msg.data:
            self._on_refusal(token, entry, msg.data)
            return
        del self._in_flight[token]
        self._bytes -= len(entry.message.payload)
        self.published += 1
        if b'"duplicate"' in msg.data and entry.attempts == 1:
            self.duplicates += 1
        if self._waiters:
            self._wake()

    def _on_refusal(self, token: str, entry: _InFlight, data: bytes) -> None:
        """Try again where the server has no answer yet (503: JetStream is still starting); give up where it says no."""
        error: dict[str, Any] = json.loads(data)["error"] if data else {"code": 503, "description": "no response"}
        entry.due = asyncio.get_running_loop().time() + REJECTED_RETRY_SECONDS
        if int(error.get("code", 0)) < SERVER_FAULT:
            self._fail(f"the bus refused {entry.message.subject}: {error.get('description')}")

    def _on_reconnect(self) -> None:
        for entry in self._in_flight.values():
            entry.due = 0.0

    async def _watch(self) -> None:
        """Send again what is due; give up on what nobody acknowledges."""
        while True:
            await asyncio.sleep(min(WATCH_SECONDS, self._timeout / 4))
            now = asyncio.get_running_loop().time()
            for token, entry in list(self._in_flight.items()):
                if now - entry.first > self._give_up:
                    self._fail(
                        f"NATS has not acknowledged {entry.message.subject} for {self._give_up:.0f} s:"
                        " see that the server runs and is provisioned (`bdc-provision`), then run again"
                    )
                    return
                if entry.due <= now and token in self._in_flight and self._bus.connected:
                    await self._send(token, entry)

    async def _check_in(self, message: Message) -> Message:
        try:
            return await check_in(self._bus, message)
        except (nats.errors.Error, TimeoutError, OSError) as error:
            raise PublishError(f"the object store did not take the payload of {message.subject}: {error}") from error

    async def _drain_to(self, count: int) -> None:
        """Wait until at most `count` messages, and half the bytes of the window, are in flight."""
        waiter = asyncio.get_running_loop().create_future()
        self._waiters.append((count, waiter))
        self._wake()
        await waiter
        self._raise_failure()

    def _wake(self) -> None:
        in_flight, bytes_low = len(self._in_flight), self._bytes <= WINDOW_BYTES // 2
        kept = []
        for count, waiter in self._waiters:
            if self._failure or (in_flight <= count and bytes_low):
                if not waiter.done():
                    waiter.set_result(None)
            else:
                kept.append((count, waiter))
        self._waiters = kept

    def _fail(self, sentence: str) -> None:
        self._failure = self._failure or PublishError(sentence)
        self._wake()

    def _raise_failure(self) -> None:
        if self._failure:
            raise self._failure
