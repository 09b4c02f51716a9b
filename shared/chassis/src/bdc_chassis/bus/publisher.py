"""The pipelined publisher: thousands of messages in flight, every acknowledgement checked.

Awaiting each acknowledgement gives 3,700 messages/s, a window of 4,096 more than ten times as much (`bdc bench bus`).
A message that is not acknowledged (time-out, reconnection, server restarted) is sent again under its own `Nats-Msg-Id`,
so the stream's dedup window makes of the repetitions one.
"""

import asyncio
import json
from collections.abc import Callable
from contextlib import suppress
from typing import Any, Final, Self

import nats.errors
from bdc_contracts import ErrorCategory, Event, Message
from nats.aio.msg import Msg
from nats.aio.subscription import Subscription

from bdc_chassis import telemetry
from bdc_chassis.bus.claim_check import check_in, needs_claim_check
from bdc_chassis.bus.connection import Bus
from bdc_chassis.bus.frames import kick, publish_frame, receive, send_frame
from bdc_chassis.bus.window import InFlight, Window
from bdc_chassis.errors import NetworkError

GIVE_UP_SECONDS: Final = 120.0
REFUSED_RETRY_SECONDS: Final = 0.25
WATCH_SECONDS: Final = 0.25
# How often a producer that never waits by itself lets the socket be written and acknowledgements be read.
BREATHE_EVERY: Final = 256
SERVER_FAULT: Final = 500


class PublishError(NetworkError):
    """The bus did not accept an event; nothing after the last flush may be counted as published."""


class PublishRefused(PublishError):  # noqa: N818  (says what happened)
    """The stream said no to an event (too large, say), and will say so again."""

    category = ErrorCategory.VALIDATION


def unacknowledged(subject: str, seconds: float) -> str:
    """Return the sentence for a message that nobody acknowledges."""
    return (
        f"NATS has not acknowledged {subject} for {seconds:.0f} s:"
        " see that the server runs and is provisioned (`bdc-provision`), then run again"
    )


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
        self._window = Window(window)
        self._timeout = timeout
        self._give_up = give_up
        self._inbox = f"{bus.client.new_inbox()}."
        self._sent = 0
        self._clock = 0.0
        self._subscription: Subscription | None = None
        self._watcher: asyncio.Task[None] | None = None
        self._forget_reconnects: Callable[[], None] = lambda: None

    @property
    def bytes_in_flight(self) -> int:
        """Return how many bytes wait for their acknowledgement."""
        return self._window.bytes

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
        self._window.raise_failure()
        message = event if isinstance(event, Message) else event.to_message()
        if telemetry.exporting():
            telemetry.inject(message.headers)
        if needs_claim_check(message):
            message = await self._check_in(message)
        if self._subscription is None:
            await self._open()
        if self._window.full:
            await kick(self._bus.client)
            await self._window.wait_for_room()
        self._sent += 1
        token = str(self._sent)
        frame = publish_frame(message, self._inbox + token)
        entry = InFlight(frame, message.subject, self._clock)
        self._window.add(token, entry)
        await self._send(entry)
        if not self._sent % BREATHE_EVERY:
            await kick(self._bus.client)
            await asyncio.sleep(0)

    async def flush(self) -> None:
        """Wait until every event so far is acknowledged.

        Raises:
            PublishError: one was refused, or not acknowledged in time.
        """
        self._window.raise_failure()
        if self._window.entries:
            await kick(self._bus.client)
            await self._window.wait_for(0)

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
        self._subscription = await receive(self._bus.client, f"{self._inbox}*", self._on_ack)
        self._forget_reconnects = self._bus.on_reconnect(self._on_reconnect)
        self._clock = asyncio.get_running_loop().time()
        self._watcher = asyncio.create_task(self._watch(), name="publisher-watch")

    async def _send(self, entry: InFlight) -> None:
        entry.due = self._clock + self._timeout
        entry.attempts += 1
        if self._bus.client.is_connected:  # otherwise all that is in flight goes out after the reconnection
            await send_frame(self._bus.client, entry.frame)

    def _on_ack(self, msg: Msg) -> None:
        token, data = msg.subject[len(self._inbox) :], msg.data
        entry = self._window.entries.get(token)
        if entry is None:
            return  # the answer to an earlier attempt came first
        if not data or b'"error"' in data:
            self._on_refusal(entry, data)
            return
        self._window.remove(token)
        self.published += 1
        if b'"duplicate"' in data and entry.attempts == 1:
            self.duplicates += 1

    def _on_refusal(self, entry: InFlight, data: bytes) -> None:
        """Try again where the server has no answer yet (503: JetStream still starts); give up where it says no."""
        error: dict[str, Any] = json.loads(data)["error"] if data else {"code": 503, "description": "no response"}
        entry.due = self._clock + REFUSED_RETRY_SECONDS
        if int(error.get("code", 0)) < SERVER_FAULT:
            self._window.fail(PublishRefused(f"the bus refused {entry.subject}: {error.get('description')}"))

    def _on_reconnect(self) -> None:
        for entry in self._window.entries.values():
            entry.due = 0.0

    async def _watch(self) -> None:
        """Send again what is due; give up on what nobody acknowledges. It also keeps the clock, which is coarse."""
        while True:
            self._clock = asyncio.get_running_loop().time()
            for token, entry in list(self._window.entries.items()):
                if self._clock - entry.first > self._give_up:
                    self._window.fail(PublishError(unacknowledged(entry.subject, self._give_up)))
                    return
                if entry.due <= self._clock and token in self._window.entries:
                    await self._send(entry)
            await kick(self._bus.client)
            await asyncio.sleep(min(WATCH_SECONDS, self._timeout / 4))

    async def _check_in(self, message: Message) -> Message:
        try:
            return await check_in(self._bus, message)
        except (nats.errors.Error, TimeoutError, OSError) as error:
            raise PublishError(f"the object store did not take the payload of {message.subject}: {error}") from error
