"""What is in flight to the bus: bounded in messages and bytes, and awaited."""

import asyncio
from typing import Final

WINDOW_BYTES: Final = 32 * 1024 * 1024


class InFlight:
    """A message that waits for its acknowledgement; times are in loop time, `due` is when it is sent again."""

    __slots__ = ("attempts", "due", "first", "frame", "subject")

    def __init__(self, frame: bytes, subject: str, now: float) -> None:
        self.frame = frame
        self.subject = subject
        self.first = now
        self.due = now
        self.attempts = 0


class Window:
    """The messages in flight by their token; `failure` is what ends all waiting."""

    def __init__(self, size: int) -> None:
        self.entries: dict[str, InFlight] = {}
        self.bytes = 0
        self.failure: Exception | None = None
        self._size = size
        self._waiters: list[tuple[int, asyncio.Future[None]]] = []

    @property
    def full(self) -> bool:
        """Tell whether a producer should wait."""
        return len(self.entries) >= self._size or self.bytes >= WINDOW_BYTES

    def add(self, token: str, entry: InFlight) -> None:
        """Count a message in."""
        self.entries[token] = entry
        self.bytes += len(entry.frame)

    def remove(self, token: str) -> None:
        """Count a message out."""
        self.bytes -= len(self.entries.pop(token).frame)
        if self._waiters:
            self._wake()

    def fail(self, error: Exception) -> None:
        """End all waiting, now and later, with `error`; the first one counts."""
        self.failure = self.failure or error
        self._wake()

    def raise_failure(self) -> None:
        """Raise what made the window fail, if anything did."""
        if self.failure:
            raise self.failure

    async def wait_for_room(self) -> None:
        """Wait until a quarter of the window is free, so that a producer is not woken for every acknowledgement."""
        await self.wait_for(self._size * 3 // 4)

    async def wait_for(self, count: int) -> None:
        """Wait until at most `count` messages, and half the bytes, are in flight."""
        waiter = asyncio.get_running_loop().create_future()
        self._waiters.append((count, waiter))
        self._wake()
        await waiter
        self.raise_failure()

    def _wake(self) -> None:
        in_flight, bytes_low = len(self.entries), self.bytes <= WINDOW_BYTES // 2
        kept = []
        for count, waiter in self._waiters:
            if self.failure or (in_flight <= count and bytes_low):
                if not waiter.done():
                    waiter.set_result(None)
            else:
                kept.append((count, waiter))
        self._waiters = kept
