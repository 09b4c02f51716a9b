"""The batch consumer behind a projection: decode each alone, one transaction, publish what follows, acknowledge.

A message that cannot be read is a dead letter at once, the rest of its batch goes on. Where the handler fails because
something is away, all wait and come again. Where it fails otherwise, the batch is halved until the culprit stands
alone: it is tried again with growing delay, and after `max_deliver` deliveries becomes a dead letter.
"""

import asyncio
import logging
from collections.abc import Iterable, Sequence
from contextlib import suppress
from typing import TYPE_CHECKING, Any, Final

import nats.errors
from bdc_contracts import Event
from bdc_contracts.event import CLAIM_CHECK_HEADER, REPLAY_HEADER, TARGET_HEADER
from bdc_contracts.streams import FACTS
from pydantic import ValidationError

from bdc_chassis.bus.claim_check import check_out
from bdc_chassis.bus.connection import Bus
from bdc_chassis.bus.dead_lettering import bury
from bdc_chassis.bus.delivery import Delivery, backoff_seconds
from bdc_chassis.bus.event_types import EventTypes
from bdc_chassis.bus.projection import Projection, Received
from bdc_chassis.bus.publisher import Publisher, PublishError
from bdc_chassis.bus.puller import Puller
from bdc_chassis.bus.stats import ConsumerStats
from bdc_chassis.errors import ValidationFailed, is_transient, redact
from bdc_chassis.settings import ChassisSettings

if TYPE_CHECKING:
    from sqlalchemy.ext.asyncio import AsyncEngine

Work = tuple[Delivery, Received[Any]]

# Progress is reported three times within the acknowledgement time.
HEARTBEATS_PER_ACK_WAIT: Final = 3

log = logging.getLogger(__name__)


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
        self._engine = engine
        self._projection = projection
        self._settings = settings
        self._service = service
        self._addressees = frozenset({service, projection.durable})
        self._types = EventTypes(projection.events)
        self._batch = projection.batch or settings.batch_size
        self._puller = Puller(bus, self.stats, batch=self._batch)
        self._in_work: Sequence[Delivery] = ()
        self._outages = 0

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
            self._bus.consumers.pop(self._projection.durable, None)

    async def _finish(self, worker: asyncio.Task[None]) -> None:
        """Give the batch in work its time, then stop it; what it raised is the caller's."""
        done, _ = await asyncio.wait({worker}, timeout=self._settings.drain_seconds)
        if not done:
            worker.cancel()
            await asyncio.wait({worker})
        if not worker.cancelled() and (error := worker.exception()):
            raise error

    async def _hand_back(self, deliveries: Iterable[Delivery]) -> None:
        if self._bus.connected:
            await self._nak([delivery for delivery in deliveries if not delivery.settled], 0.0)

    async def _work(self, stop: asyncio.Event) -> None:
        while batch := await self._puller.next_batch(self._batch):
            self._in_work = batch
            self.stats.delivered += len(batch)
            await self._process(batch)
            self._in_work = ()
            if self._outages:
                await _sleep_unless(stop, backoff_seconds(self._outages))

    async def _heartbeat(self) -> None:
        """Keep the messages in work, and those that wait behind them, from being delivered to somebody else."""
        await self._puller.found.wait()
        while True:
            await asyncio.sleep(self._puller.ack_wait / HEARTBEATS_PER_ACK_WAIT)
            for delivery in [*self._in_work, *self._puller.buffered()]:
                if not delivery.settled and self._bus.connected:
                    with suppress(nats.errors.Error):
                        await delivery.in_progress()

    async def _process(self, batch: Sequence[Delivery]) -> None:
        work: list[Work] = []
        unreadable: list[tuple[Delivery, Exception]] = []
        unreachable: list[tuple[Delivery, Exception]] = []
        for delivery in batch:
            target = delivery.header(TARGET_HEADER)
            if target is not None and target not in self._addressees:
                self.stats.skipped += 1
                await delivery.ack()
                continue
            try:
                work.append((delivery, await self._decode(delivery)))
            except (ValidationError, ValidationFailed) as error:
                unreadable.append((delivery, error))
            except (nats.errors.Error, TimeoutError, OSError) as error:
                unreachable.append((delivery, error))
        if unreachable:
            await self._postpone([delivery for delivery, _ in unreachable], unreachable[0][1])
        if unreadable:
            await self._bury(unreadable)
        if work:
            await self._apply(work)

    async def _decode(self, delivery: Delivery) -> Received[Any]:
        msg = delivery.msg
        headers = msg.headers or {}
        data = await check_out(self._bus, msg.data) if CLAIM_CHECK_HEADER in headers else msg.data
        event = self._types.of(msg.subject).model_validate_json(data)
        return Received(
            event,
            delivery.sequence,
            headers.get("ce-id") or event.event_id(),
            headers.get(REPLAY_HEADER),
            msg.subject,
            delivery.delivered,
            headers.get("traceparent"),
        )

    async def _apply(self, work: Sequence[Work]) -> None:
        """Handle, commit, publish and acknowledge; on failure decide who is to blame."""
        deliveries = [delivery for delivery, _ in work]
        try:
            async with self._engine.begin() as tx:
                events = await self._projection.handle(tx, [received for _, received in work])
            await self._publish(events)
            if self._projection.after_commit is not None:
                await self._projection.after_commit(self._bus, self._engine)
        except Exception as error:  # noqa: BLE001  (the policy boundary of every handler)
            if is_transient(error):
                await self._postpone(deliveries, error)
            else:
                await self._isolate(work, error)
            return
        self._outages = 0
        self.stats.problem = None
        for delivery in deliveries:
            await delivery.ack()
        self.stats.acked += len(deliveries)

    async def _publish(self, events: Iterable[Event]) -> None:
        """Publish what the handler returned; returns when all of it is acknowledged."""
        events = list(events)
        if events:
            async with Publisher(self._bus) as publisher:
                for event in events:
                    await publisher.publish(event)
            self.stats.published += len(events)

    async def _isolate(self, work: Sequence[Work], error: Exception) -> None:
        if len(work) > 1:
            middle = len(work) // 2
            await self._apply(work[:middle])
            await self._apply(work[middle:])
            return
        delivery = work[0][0]
        if delivery.delivered >= self._settings.max_deliver:
            await self._bury([(delivery, error)])
            return
        log.warning(
            "consumer %s: %s %s failed on delivery %d: %s",
            self.stats.durable, delivery.msg.subject, delivery.sequence, delivery.delivered, redact(repr(error)),
        )  # fmt: skip
        await self._nak([delivery], delivery.backoff())

    async def _postpone(self, deliveries: Sequence[Delivery], error: Exception) -> None:
        """Something is away: everything comes again later, and the consumer itself takes a breath."""
        self._outages += 1
        self.stats.problem = redact(f"{type(error).__name__}: {error}")
        log.warning("consumer %s waits: %s", self.stats.durable, self.stats.problem)
        await self._nak(deliveries, backoff_seconds(self._outages))

    async def _nak(self, deliveries: Sequence[Delivery], delay: float) -> None:
        for delivery in deliveries:
            await delivery.nak(delay)
        self.stats.naked += len(deliveries)

    async def _bury(self, failed: Sequence[tuple[Delivery, Exception]]) -> None:
        try:
            await bury(self._bus, self._service, self.stats.durable, failed)
        except PublishError as error:
            await self._postpone([delivery for delivery, _ in failed], error)
            return
        for delivery, _ in failed:
            await delivery.term()
        self.stats.dead += len(failed)


async def _sleep_unless(stop: asyncio.Event, seconds: float) -> None:
    try:
        async with asyncio.timeout(seconds):
            await stop.wait()
    except TimeoutError:
        return
