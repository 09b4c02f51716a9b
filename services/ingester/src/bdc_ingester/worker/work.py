"""One order after the other: read, stored, and settled while the next one is read."""

import asyncio
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field

from bdc_ingester.store.tables import KINDS
from bdc_ingester.trees import TreeFile
from bdc_ingester.worker.messages import Order, Report
from bdc_ingester.worker.patience import Patience
from bdc_ingester.worker.reading import Batch, Reader
from bdc_ingester.worker.settling import Settling
from bdc_ingester.worker.storing import ForgottenMeanwhile, Storage, Stored


@dataclass(slots=True)
class Stages:
    """Seconds that an order spent in each stage."""

    seconds: dict[str, float] = field(default_factory=dict)

    @contextmanager
    def timed(self, stage: str) -> Iterator[None]:
        """Time a stage."""
        began = time.perf_counter()
        try:
            yield
        finally:
            self.seconds[stage] = time.perf_counter() - began


class Worker:
    """Does orders, and tells of each when all of its files are where they belong."""

    def __init__(
        self, trees: TreeFile, reader: Reader, storage: Storage, settling: Settling, patience: Patience
    ) -> None:
        self._trees = trees
        self._reader = reader
        self._storage = storage
        self._settling = settling
        self._patience = patience

    async def run(self, inbox: "asyncio.Queue[Order | None]", tell: Callable[[Report], None]) -> None:
        """Do the orders of the inbox up to the last one, which is None."""
        async with asyncio.TaskGroup() as tasks:
            settling: asyncio.Task[None] | None = None
            while (order := await inbox.get()) is not None:
                stages = Stages()
                stored = await self._store(order, stages)
                if settling is not None:
                    await settling
                settling = tasks.create_task(self._settle(order, stored, stages, tell))

    async def _store(self, order: Order, stages: Stages) -> Stored:
        while True:
            with stages.timed("read"):
                batch = await self._read(order)
            with stages.timed("store"), suppress(ForgottenMeanwhile):
                return await self._storage.store(batch)

    async def _read(self, order: Order) -> Batch:
        if order.condemned:
            return self._reader.condemn(order.names)
        while True:
            try:
                return await self._reader.read(order.names, self._trees.current(), self._storage.redactor)
            except OSError as error:
                await self._patience.wait(f"the spool's file system: {error.strerror}")

    async def _settle(self, order: Order, stored: Stored, stages: Stages, tell: Callable[[Report], None]) -> None:
        with stages.timed("publish"):
            await self._settling.publish(stored)
        with stages.timed("move"):
            await self._settling.move(stored)
        tell(_report(order, stored, stages))


def _report(order: Order, stored: Stored, stages: Stages) -> Report:
    new = [each for each in stored.accepted if each.submission.digest not in stored.known]
    return Report(
        order=order.number,
        archived=len(stored.accepted),
        known=len(stored.accepted) - len(new),
        vanished=stored.vanished,
        failed=Counter(str(each.rejection.reason) for each in stored.refused),
        objects=Counter(
            (kind.plural, record.origin)
            for each in new
            for kind in KINDS
            for record in getattr(each.submission, kind.plural)
        ),
        stages=stages.seconds,
    )
