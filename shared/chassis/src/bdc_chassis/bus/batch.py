"""What happens to a batch: decode each alone, one transaction, publish what follows, acknowledge.

A message that cannot be read is a dead letter at once, the rest of its batch goes on. Where the handler fails because
something is away, all wait and come again. Where it fails otherwise, the batch is halved until the culprit stands
alone: it is tried again with growing delay, and after `max_deliver` deliveries becomes a dead letter.

While the next batch is decoded and handled, what follows from the last one is published and then acknowledged: the
database's work and the bus's take place at the same time. There are never more than these two batches in work.
"""

import asyncio
import logging
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

import nats.errors
from bdc_contracts import Event, Message
from bdc_contracts.event import CLAIM_CHECK_HEADER, REPLAY_HEADER, TARGET_HEADER
from pydantic import ValidationError

from bdc_chassis.bus.claim_check import check_out
from bdc_chassis.bus.connection import Bus
from bdc_chassis.bus.dead_lettering import bury
from bdc_chassis.bus.delivery import Delivery, ack_all, backoff_seconds
from bdc_chassis.bus.event_types import EventTypes
from bdc_chassis.bus.projection import Projection, Received
from bdc_chassis.bus.publisher import Publisher, PublishError
from bdc_chassis.bus.stats import ConsumerStats
from bdc_chassis.errors import ValidationFailed, is_transient, redact

if TYPE_CHECKING:
    from sqlalchemy.ext.asyncio import AsyncEngine

Work = tuple[Delivery, Received[Any]]

log = logging.getLogger(__name__)


class BatchWorker:
    """Handles the batches of one projection; `outages` counts failures in a row that were nobody's fault."""

    def __init__(
        self,
        bus: Bus,
        engine: "AsyncEngine",
        projection: Projection,
        stats: ConsumerStats,
        *,
        service: str,
        max_deliver: int,
    ) -> None:
        self.stats = stats
        self.outages = 0
        self._bus = bus
        self._engine = engine
        self._projection = projection
        self._service = service
        self._max_deliver = max_deliver
        self._addressees = frozenset({service, projection.durable})
        self._types = EventTypes(projection.events)
        self._settling: tuple[Sequence[Work], asyncio.Task[None]] | None = None

    async def process(self, batch: Sequence[Delivery]) -> None:
        """Take a batch as far as its commit; `finish` waits for the rest, and so does the next batch."""
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
            await self._begin(work)

    async def finish(self) -> None:
        """Wait until every message of the batches processed so far is settled, one way or another."""
        if self._settling is None:
            return
        (work, settling), self._settling = self._settling, None
        try:
            await settling
        except Exception as error:  # noqa: BLE001  (the policy boundary of every handler)
            await self._fail(work, error)

    async def abandon(self) -> None:
        """Stop what `finish` would wait for."""
        if self._settling is not None:
            (_, settling), self._settling = self._settling, None
            settling.cancel()
            await asyncio.wait({settling})

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

    async def _begin(self, work: Sequence[Work]) -> None:
        """Handle and commit, then let the rest go on by itself once the batch before is settled."""
        try:
            events = await self._store(work)
        except Exception as error:  # noqa: BLE001  (the policy boundary of every handler)
            await self.finish()
            await self._fail(work, error)
            return
        await self.finish()
        self._settling = (work, asyncio.create_task(self._settle(work, events), name=f"settle-{self.stats.durable}"))
        if self._projection.after_commit is not None:  # it may use the database as it pleases
            await self.finish()

    async def _apply(self, work: Sequence[Work]) -> None:
        """Handle, commit, publish and acknowledge, one after the other; on failure decide who is to blame."""
        try:
            await self._settle(work, await self._store(work))
        except Exception as error:  # noqa: BLE001  (the policy boundary of every handler)
            await self._fail(work, error)

    async def _store(self, work: Sequence[Work]) -> Iterable[Event | Message]:
        async with self._engine.begin() as tx:
            return await self._projection.handle(tx, [received for _, received in work])

    async def _settle(self, work: Sequence[Work], events: Iterable[Event | Message]) -> None:
        """Publish what follows from a batch that is committed, and acknowledge it."""
        await self._publish(events)
        if self._projection.after_commit is not None:
            await self._projection.after_commit(self._bus, self._engine)
        self.outages = 0
        self.stats.problem = None
        await ack_all(self._bus.client, [delivery for delivery, _ in work])
        self.stats.acked += len(work)

    async def _fail(self, work: Sequence[Work], error: Exception) -> None:
        if is_transient(error):
            await self._postpone([delivery for delivery, _ in work], error)
        else:
            await self._isolate(work, error)

    async def _publish(self, events: Iterable[Event | Message]) -> None:
        """Publish what the handler returned; returns when all of it is acknowledged."""
        publisher = Publisher(self._bus)
        async with publisher:
            for event in events:
                await publisher.publish(event)
        self.stats.published += publisher.published

    async def _isolate(self, work: Sequence[Work], error: Exception) -> None:
        if len(work) > 1:
            middle = len(work) // 2
            await self._apply(work[:middle])
            await self._apply(work[middle:])
            return
        delivery = work[0][0]
        if delivery.delivered >= self._max_deliver:
            await self._bury([(delivery, error)])
            return
        log.warning(
            "consumer %s: %s %s failed on delivery %d: %s",
            self.stats.durable, delivery.msg.subject, delivery.sequence, delivery.delivered, redact(repr(error)),
        )  # fmt: skip
        await self.nak([delivery], delivery.backoff())

    async def _postpone(self, deliveries: Sequence[Delivery], error: Exception) -> None:
        """Something is away: everything comes again later, and the consumer itself takes a breath."""
        self.outages += 1
        self.stats.problem = redact(f"{type(error).__name__}: {error}")
        log.warning("consumer %s waits: %s", self.stats.durable, self.stats.problem)
        await self.nak(deliveries, backoff_seconds(self.outages))

    async def nak(self, deliveries: Sequence[Delivery], delay: float) -> None:
        """Ask for messages again after `delay` seconds."""
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
