"""Files that wait, and whose turn it is: new arrivals and the backlog alternate, and in each the origins do."""

import asyncio
from collections import deque
from collections.abc import Iterable
from typing import Final

from bdc_ingester.discovery.looking import Found

ROOM: Final = 0.75


class Lane:
    """Files of several origins, one of each in turn."""

    def __init__(self) -> None:
        self._by_origin: dict[str, deque[Found]] = {}
        self._turns: deque[str] = deque()

    def __len__(self) -> int:
        return sum(map(len, self._by_origin.values()))

    def add(self, found: Found) -> None:
        """Put a file behind the others of its origin."""
        queue = self._by_origin.get(found.origin)
        if queue is None:
            queue = self._by_origin[found.origin] = deque()
            self._turns.append(found.origin)
        queue.append(found)

    def take(self) -> Found | None:
        """Return the first file of the origin whose turn it is."""
        if not self._turns:
            return None
        origin = self._turns.popleft()
        queue = self._by_origin[origin]
        found = queue.popleft()
        if queue:
            self._turns.append(origin)
        else:
            del self._by_origin[origin]
        return found


class Waiting:
    """The names that are known, at most `window` of the backlog and as many arrivals; more are found again later."""

    def __init__(self, window: int) -> None:
        self._window = window
        self._backlog, self._arrivals = Lane(), Lane()
        self._names: set[str] = set()
        self._arrival_next = True
        self._changed = asyncio.Event()

    def __len__(self) -> int:
        return len(self._names)

    def __contains__(self, name: str) -> bool:
        return name in self._names

    def add(self, files: Iterable[Found], *, arrived: bool) -> None:
        """Take note of files, of each once."""
        lane = self._arrivals if arrived else self._backlog
        room = self._window - len(lane)
        for found in files:
            if found.name not in self._names and room > 0:
                room -= 1
                self._names.add(found.name)
                lane.add(found)
        self._changed.set()

    def take(self, files: int, size: int) -> list[Found]:
        """Return up to `files` files of together no more than `size` bytes (but one at least), and forget them."""
        taken: list[Found] = []
        while len(taken) < files and size > 0 and (found := self._next()) is not None:
            self._names.discard(found.name)
            taken.append(found)
            size -= found.size
        if taken:
            self._changed.set()
        return taken

    async def wait_for_files(self) -> None:
        """Wait until there is a file."""
        while not self._names:
            await self._wait()

    async def wait_for_room(self) -> None:
        """Wait until a quarter of the window is free again, where the backlog has filled it."""
        if len(self._backlog) >= self._window:
            while len(self._backlog) > self._window * ROOM:
                await self._wait()

    async def _wait(self) -> None:
        self._changed.clear()
        await self._changed.wait()

    def _next(self) -> Found | None:
        first, second = (self._arrivals, self._backlog) if self._arrival_next else (self._backlog, self._arrivals)
        self._arrival_next = not self._arrival_next
        return first.take() or second.take()
