"""Waiting for what is away, a little longer each time, and saying for what."""

import asyncio
import logging
from typing import Final

FIRST_SECONDS: Final = 0.1
LONGEST_SECONDS: Final = 5.0

log = logging.getLogger(__name__)


class Patience:
    """Back-off of one worker; `waiting_for` says what is away, and is empty while nothing is."""

    def __init__(self) -> None:
        self.waiting_for = ""
        self._seconds = FIRST_SECONDS

    async def wait(self, reason: str) -> None:
        """Wait, each time twice as long."""
        if reason != self.waiting_for:
            log.warning("waiting for %s", reason)
        self.waiting_for = reason
        await asyncio.sleep(self._seconds)
        self._seconds = min(self._seconds * 2, LONGEST_SECONDS)

    def over(self) -> None:
        """Begin anew: it answers."""
        if self.waiting_for:
            log.info("no longer waiting for %s", self.waiting_for)
        self.waiting_for, self._seconds = "", FIRST_SECONDS
