"""Worker processes: started from one that has loaded everything already, watched, and replaced when they die."""

import asyncio
import logging
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from multiprocessing.connection import Connection
from multiprocessing.context import ForkServerProcess
from pathlib import Path
from typing import Final

from bdc_ingester.forking import forking
from bdc_ingester.settings import IngesterSettings
from bdc_ingester.worker.messages import Beat, Order, Ready, Report
from bdc_ingester.worker.process import main

# A worker that has not shown a sign of life for so long is stuck, and killed; the largest file takes some seconds.
STUCK_SECONDS: Final = 120.0
# Orders that a worker has at a time: while it settles one, it reads the next.
MOST_ORDERS: Final = 2
LOOK_SECONDS: Final = 10.0
FIRST_WORKER_SECONDS: Final = 2.0
STOP_SECONDS: Final = 9.0
FIRST_PAUSE_SECONDS: Final = 0.2
LONGEST_PAUSE_SECONDS: Final = 2.0

log = logging.getLogger(__name__)


@dataclass(eq=False)
class Hand:
    """One worker as its supervisor sees it; `claims` is None until it is ready."""

    process: ForkServerProcess
    pipe: Connection
    claims: Path | None = None
    orders: dict[int, Order] = field(default_factory=dict)
    heard: float = field(default_factory=time.monotonic)
    waiting_for: str = ""

    @property
    def can_take_more(self) -> bool:
        """Tell whether it is ready and has room for an order, which it has not beside a file that must be alone."""
        alone = any(order.alone for order in self.orders.values())
        return self.claims is not None and len(self.orders) < MOST_ORDERS and not alone

    def send(self, order: Order) -> None:
        """Give an order; where the worker is dying, its supervisor will learn that soon."""
        self.orders[order.number] = order
        with suppress(OSError):
            self.pipe.send(order)


class Crew:
    """Keeps workers alive; `on_report` is told of orders that are done, `on_death` of workers that are no more."""

    def __init__(
        self,
        settings: IngesterSettings,
        *,
        on_report: Callable[[Order, Report], None],
        on_death: Callable[[Hand], None],
    ) -> None:
        self._settings = settings
        self._size = settings.worker_count
        self._on_report = on_report
        self._on_death = on_death
        self._context = forking()
        self._hands: set[Hand] = set()
        self._pause = FIRST_PAUSE_SECONDS
        self._changed = asyncio.Event()

    def __len__(self) -> int:
        return len(self._hands)

    async def run(self) -> None:
        """Start workers, and others for those that die, until cancelled.

        The first one has the machine for itself until it is ready, so that it soon has done the first files.
        """
        if await self._start():
            await self._wait(FIRST_WORKER_SECONDS)
        while True:
            while len(self._hands) < self._size and await self._start():
                pass
            self._kill_stuck()
            if len(self._hands) == self._size:
                await self._wait(LOOK_SECONDS)
            if len(self._hands) < self._size:
                await asyncio.sleep(self._pause)
                self._pause = min(self._pause * 2, LONGEST_PAUSE_SECONDS)

    async def free_hand(self, *, idle: bool) -> Hand:
        """Return a worker that can take an order, an idle one if there is any or `idle`; wait until there is one."""
        while True:
            able = [hand for hand in self._hands if hand.can_take_more and not (idle and hand.orders)]
            if able:
                return min(able, key=lambda hand: len(hand.orders))
            await self._wait(None)

    async def stop(self) -> None:
        """Let all workers finish what they have in hand, and end them."""
        for hand in self._hands:
            self._hang_up(hand)
        deadline = time.monotonic() + STOP_SECONDS
        for hand in self._hands:
            await asyncio.to_thread(hand.process.join, max(0.0, deadline - time.monotonic()))
            if hand.process.exitcode is None:
                hand.process.kill()
        self._hands.clear()

    async def _start(self) -> bool:
        ours, theirs = self._context.Pipe()
        process = self._context.Process(target=main, args=(theirs, self._settings), name="bdc-ingester-worker")
        try:
            await asyncio.to_thread(process.start)
        except (OSError, EOFError) as error:  # the process that forks died; the next attempt starts another one
            log.warning("a worker could not be started (%r), trying again", error)
            ours.close()
            return False
        finally:
            theirs.close()
        hand = Hand(process, ours)
        self._hands.add(hand)
        asyncio.get_running_loop().add_reader(ours.fileno(), self._receive, hand)
        return True

    def _receive(self, hand: Hand) -> None:
        try:
            message = hand.pipe.recv()
        except (EOFError, OSError):
            self._bury(hand)
            return
        hand.heard = time.monotonic()
        match message:
            case Ready():
                hand.claims = message.claims
            case Beat():
                hand.waiting_for = message.waiting_for
            case Report():
                order = hand.orders.pop(message.order)
                self._pause = FIRST_PAUSE_SECONDS
                self._on_report(order, message)
        self._changed.set()

    def _bury(self, hand: Hand) -> None:
        self._hang_up(hand)
        self._hands.discard(hand)
        self._on_death(hand)
        self._changed.set()

    def _hang_up(self, hand: Hand) -> None:
        asyncio.get_running_loop().remove_reader(hand.pipe.fileno())
        hand.pipe.close()

    def _kill_stuck(self) -> None:
        for hand in self._hands:
            if time.monotonic() - hand.heard > STUCK_SECONDS:
                log.error("a worker shows no sign of life and is killed", extra={"worker": hand.process.pid})
                hand.process.kill()

    async def _wait(self, seconds: float | None) -> None:
        """Wait until something has happened to a worker."""
        self._changed.clear()
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._changed.wait()
