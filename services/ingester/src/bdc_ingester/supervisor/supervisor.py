"""Hands files out to workers, and takes back what dead workers leave."""

import asyncio
import logging
from collections import deque
from collections.abc import Sequence
from itertools import count
from math import ceil
from typing import Final

from bdc_chassis.service import ServiceContext

from bdc_ingester import metrics
from bdc_ingester.claims import claim, reclaim
from bdc_ingester.discovery import Discovery, Waiting
from bdc_ingester.settings import IngesterSettings
from bdc_ingester.spool import Spool
from bdc_ingester.supervisor.crew import Crew, Hand
from bdc_ingester.supervisor.suspects import Suspects
from bdc_ingester.trees import TreeFile
from bdc_ingester.worker.messages import Order, Report

# What one order may bring into a worker's memory at once, a single larger file aside.
ORDER_BYTES: Final = 8 * 1024 * 1024
# Each worker gets its share in so many orders, so that one with slow files does not keep the others waiting.
SHARES: Final = 2
# Smaller orders are not worth their transaction.
LEAST_FILES: Final = 25
DEATH_SECONDS: Final = 10.0

log = logging.getLogger(__name__)


async def ingest(context: ServiceContext) -> None:
    """Take in the files of the spool until cancelled, and then let the workers finish.

    Raises:
        ConfigurationError: the spool's folders or the tree names can not be used.
    """
    settings: IngesterSettings = context.settings
    spool = Spool.of(settings)
    await asyncio.to_thread(spool.create)
    TreeFile(settings.ingester_trees_file).load()
    await Supervisor(spool, settings).run()


class Supervisor:
    """Brings together the files that wait and the workers that are free."""

    def __init__(self, spool: Spool, settings: IngesterSettings) -> None:
        self._spool = spool
        self._settings = settings
        self._waiting = Waiting(settings.ingester_window)
        self._discovery = Discovery(
            spool.root, self._waiting, interval=settings.ingester_interval, watch=settings.ingester_watch
        )
        self._crew = Crew(settings, on_report=self._done, on_death=self._lost)
        self._suspects = Suspects()
        self._alone: deque[str] = deque()
        self._numbers = count(1)
        self._burials: set[asyncio.Task[None]] = set()

    async def run(self) -> None:
        """Work until cancelled."""
        await asyncio.to_thread(self._reclaim)
        try:
            async with asyncio.TaskGroup() as tasks:
                tasks.create_task(self._discovery.run())
                tasks.create_task(self._crew.run())
                tasks.create_task(self._hand_out())
                tasks.create_task(self._reclaim_often())
        finally:
            await self._crew.stop()
            await asyncio.to_thread(self._reclaim)

    async def _hand_out(self) -> None:
        while True:
            if not self._alone:
                await self._waiting.wait_for_files()
            hand = await self._crew.free_hand(idle=bool(self._alone))
            if self._alone:
                await self._give(hand, [self._alone.popleft()], alone=True)
            else:
                await self._give(hand, self._take(), alone=False)

    def _take(self) -> list[str]:
        """Take a worker's share of the files that wait, and put those aside that must be alone."""
        share = ceil(len(self._waiting) / (self._settings.worker_count * SHARES))
        found = self._waiting.take(min(max(LEAST_FILES, share), self._settings.ingester_batch_files), ORDER_BYTES)
        self._alone += [each.name for each in found if each.name in self._suspects]
        return [each.name for each in found if each.name not in self._suspects]

    async def _give(self, hand: Hand, names: Sequence[str], *, alone: bool) -> None:
        claimed = await asyncio.to_thread(self._claim, hand, names)
        if claimed:
            condemned = alone and self._suspects.is_condemned(claimed[0])
            hand.send(Order(next(self._numbers), tuple(claimed), alone=alone, condemned=condemned))

    def _claim(self, hand: Hand, names: Sequence[str]) -> list[str]:
        """Move files into a worker's folder; what a file system that is away keeps back is found again by scans."""
        claimed: list[str] = []
        try:
            for name in names:
                if hand.claims is not None and claim(self._spool, name, hand.claims):
                    claimed.append(name)  # noqa: PERF401  (what is claimed when one fails counts)
        except OSError as error:
            log.warning("files can not be claimed now: %s", error.strerror)
        return claimed

    def _done(self, order: Order, report: Report) -> None:
        self._suspects.done(order)
        metrics.batch_done(report)
        log.info(
            "files taken in",
            extra={"archived": report.archived, "failed": sum(report.failed.values()), "order": report.order},
        )

    def _lost(self, hand: Hand) -> None:
        log.warning("a worker died; its files go back", extra={"worker": hand.process.pid})
        self._suspects.died(list(hand.orders.values()))
        burial = asyncio.create_task(self._bury(hand))
        self._burials.add(burial)
        burial.add_done_callback(self._burials.discard)

    async def _bury(self, hand: Hand) -> None:
        await asyncio.to_thread(hand.process.join, DEATH_SECONDS)
        metrics.worker_died(by_signal=(hand.process.exitcode or 0) < 0)
        await asyncio.to_thread(self._reclaim)

    async def _reclaim_often(self) -> None:
        """Take back what other supervisors' workers leave, and what met a file of its name in the spool before."""
        while True:
            await asyncio.sleep(self._settings.ingester_interval)
            await asyncio.to_thread(self._reclaim)

    def _reclaim(self) -> None:
        """Take back what can be taken now; the rest is tried again, by the next process if not by this one."""
        try:
            reclaim(self._spool)
        except OSError as error:
            log.warning("the files of dead workers can not be taken back now: %s", error.strerror)
