"""A pace that requests to one resource keep: search at 30 a minute, anything else as fast as it goes."""

import asyncio
from collections.abc import Awaitable, Callable

Sleep = Callable[[float], Awaitable[None]]


class Budget:
    """At most `burst` requests at once and `per_second` on average."""

    def __init__(self, per_second: float, *, burst: int = 1) -> None:
        self._interval = 1 / per_second
        self._burst = burst
        self._free_at = 0.0

    async def take(self, sleep: Sleep = asyncio.sleep) -> None:
        """Wait until one more request is within the budget."""
        now = asyncio.get_running_loop().time()
        self._free_at = max(self._free_at, now - self._interval * (self._burst - 1)) + self._interval
        wait = self._free_at - self._interval - now
        if wait > 0:
            await sleep(wait)
