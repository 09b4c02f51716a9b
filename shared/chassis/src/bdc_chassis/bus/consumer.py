"""The life of a projection's consumer: pull, work, keep alive, and on the way out finish or hand back."""

import asyncio
from collections.abc import Iterable, Sequence
from contextlib import suppress
from typing import TYPE_CHECKING, Final

import nats.errors
from bdc_contracts.streams import FACTS

from bdc_chassis.bus.batch import BatchWorker
from bdc_chassis.bus.connection import Bus
from bdc_chassis.bus.delivery import Delivery, backoff_seconds
from bdc_chassis.bus.projection import Projection
from bdc_chassis.bus.puller import Puller
from bdc_chassis.bus.stats import ConsumerStats
from bdc_chassis.settings import ChassisSettings

if TYPE_CHECKING:
    from sqlalchemy.ext.asyncio import AsyncEngine

# Progress is reported three times within the acknowledgement time.
HEARTBEATS_PER_ACK_WAIT: Final = 3


async def run_projections(
    bus: Bus,
    engine: "AsyncEngine",
    projections: Sequence[Projection],
    *,
    settings: ChassisSettings,
    stop: asyncio.Event,
    service: str | None = None,
) -> None:
    """Run every projection until `stop` is set; then finish the batch in work and hand the rest back.

    `service` is the name that replays and retries are addressed to; by default the connection's.
    """
    async with asyncio.TaskGroup() as group:
        for projection in projections:
            consumer = Consumer(bus, engine, projection, settings=settings, service=service or bus.name)
            group.create_task(consumer.run(stop), name=f"projection-{projection.durable}")


class Consumer:
    """Runs one projection."""

    def __init__(
        self, bus: Bus, engine: "AsyncEngine", projection: Projection, *, settings: ChassisSettings, service: str
    ) -> None:
        self.stats = ConsumerStats(projection.durable, FACTS.name)
        bus.consumers[projection.durable] = self.stats
        self._bus = bus
        self._batch = projection.batch or settings.batch_size
        self._drain_seconds = settings.drain_seconds
        self._puller = Puller(bus, self.stats, batch=self._batch)
        self._worker = BatchWorker(
            bus, engine, projection, self.stats, service=service, max_deliver=settings.max_deliver
        )
        self._in_work: Sequence[Delivery] = ()

    async def run(self, stop: asyncio.Event) -> None:
        """Consume until `stop` is set."""
        keeper = await self._puller.start()
        worker = asyncio.create_task(self._work(stop))
        heartbeat = asyncio.create_task(self._heartbeat())
        stopped = asyncio.create_task(stop.wait())
        try:
            await asyncio.wait({worker, stopped, keeper}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            stopped.cancel()
            left = await self._puller.stop()
            await self._finish(worker)
            heartbeat.cancel()
            await self._hand_back([*self._in_work, *left])
            self._bus.consumers.pop(self.stats.durable, None)
        if keeper.done() and not keeper.cancelled():
            keeper.result()

    async def _finish(self, worker: asyncio.Task[None]) -> None:
        """Give the batch in work its time, then stop it; what it raised is the caller's."""
        done, _ = await asyncio.wait({worker}, timeout=self._drain_seconds)
        if not done:
            worker.cancel()
            await asyncio.wait({worker})
        if not worker.cancelled() and (error := worker.exception()):
            raise error

    async def _hand_back(self, deliveries: Iterable[Delivery]) -> None:
        if self._bus.connected:
            await self._worker.nak([delivery for delivery in deliveries if not delivery.settled], 0.0)

    async def _work(self, stop: asyncio.Event) -> None:
        try:
            while batch := await self._puller.next_batch(self._batch):
                await self._take(batch, stop)
            await self._worker.finish()
        finally:
            await self._worker.abandon()

    async def _take(self, batch: Sequence[Delivery], stop: asyncio.Event) -> None:
        """Process a batch; it is settled while the next one is processed, if there is one already."""
        self._in_work = [*(each for each in self._in_work if not each.settled), *batch]
        self.stats.delivered += len(batch)
        await self._worker.process(batch)
        if not self._puller.buffered() or self._worker.outages:
            await self._worker.finish()
        if self._worker.outages:
            await _sleep_unless(stop, backoff_seconds(self._worker.outages))

    async def _heartbeat(self) -> None:
        """Keep the messages in work, and those that wait behind them, from being delivered to somebody else."""
        await self._puller.found.wait()
        while True:
            await asyncio.sleep(self._puller.ack_wait / HEARTBEATS_PER_ACK_WAIT)
            for delivery in [*self._in_work, *self._puller.buffered()]:
                if not delivery.settled and self._bus.connected:
                    with suppress(nats.errors.Error):
                        await delivery.in_progress()


async def _sleep_unless(stop: asyncio.Event, seconds: float) -> None:
    try:
        async with asyncio.timeout(seconds):
            await stop.wait()
    except TimeoutError:
        return
