"""Replay from the store: a request on the work queue, answered by the service that owns the history.

The request waits until its service runs; copies keep their `ce-id` and carry the request's id, so that consumers
change nothing twice.
"""

import asyncio
import logging
from collections.abc import AsyncIterator, Callable
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Final

import nats.errors
from bdc_contracts import Event, ReplayFinished, ReplayRequested
from bdc_contracts.streams import CONTROL_QUEUE
from pydantic import ValidationError

from bdc_chassis.bus.connection import Bus
from bdc_chassis.bus.dead_lettering import bury
from bdc_chassis.bus.delivery import Delivery
from bdc_chassis.bus.provision import replay_durable
from bdc_chassis.bus.publisher import Publisher
from bdc_chassis.bus.puller import Puller
from bdc_chassis.bus.stats import ConsumerStats
from bdc_chassis.bus.tail import tail
from bdc_chassis.errors import is_transient, redact
from bdc_chassis.settings import ChassisSettings

if TYPE_CHECKING:
    from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

Replay = Callable[["AsyncConnection", ReplayRequested], AsyncIterator[Event]]

HEARTBEATS_PER_ACK_WAIT: Final = 3
# A wait for the end looks back this far behind the request's own time, since clocks differ.
CLOCK_SKEW: Final = timedelta(minutes=1)

log = logging.getLogger(__name__)


async def request_replay(bus: Bus, request: ReplayRequested) -> None:
    """Put a request into the queue of its service.

    Raises:
        PublishError: the bus did not take it.
    """
    async with Publisher(bus) as publisher:
        await publisher.publish(request)


async def wait_for_replay(bus: Bus, request: ReplayRequested) -> ReplayFinished:
    """Return how the replay ended, once it has; bound it by `asyncio.timeout`."""
    since = request.requested_at - CLOCK_SKEW
    async for message in tail(bus, ReplayFinished.subscription(), since=since):
        finished = ReplayFinished.model_validate_json(message.payload)
        if finished.request_id == request.request_id:
            return finished
    raise AssertionError  # pragma: no cover  (tail follows for ever)


async def serve_replays(
    bus: Bus, engine: "AsyncEngine", service: str, replay: Replay, *, settings: ChassisSettings, stop: asyncio.Event
) -> None:
    """Answer the replay requests of `service`, one at a time, until `stop` is set."""
    worker = ReplayWorker(bus, engine, service, replay, settings=settings)
    await worker.run(stop)


class ReplayWorker:
    """Takes requests from the work queue and re-emits history."""

    def __init__(
        self, bus: Bus, engine: "AsyncEngine", service: str, replay: Replay, *, settings: ChassisSettings
    ) -> None:
        self._bus = bus
        self._engine = engine
        self._service = service
        self._replay = replay
        self._settings = settings
        self.stats = ConsumerStats(replay_durable(service), CONTROL_QUEUE.name)
        bus.consumers[self.stats.durable] = self.stats
        self._puller = Puller(bus, self.stats, batch=1)

    async def run(self, stop: asyncio.Event) -> None:
        """Work until `stop` is set; a replay in progress is handed back, the next process begins it again."""
        await self._puller.start()
        worker = asyncio.create_task(self._work())
        stopped = asyncio.create_task(stop.wait())
        try:
            await asyncio.wait({worker, stopped}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            stopped.cancel()
            worker.cancel()
            for delivery in await self._puller.stop():
                await self._hand_back(delivery)
            await asyncio.wait({worker})
            self._bus.consumers.pop(self.stats.durable, None)
        if not worker.cancelled() and (error := worker.exception()):
            raise error

    async def _work(self) -> None:
        while batch := await self._puller.next_batch(1):
            self.stats.delivered += 1
            heartbeat = asyncio.create_task(self._heartbeat(batch[0]))
            try:
                await self._answer(batch[0])
            finally:
                heartbeat.cancel()
                await self._hand_back(batch[0])

    async def _answer(self, delivery: Delivery) -> None:
        """Settle a request: answered, to come again, or (where nobody can read it) a dead letter."""
        try:
            request = ReplayRequested.model_validate_json(delivery.msg.data)
        except ValidationError as error:
            await bury(self._bus, self._service, self.stats.durable, [(delivery, error)])
            await delivery.term()
            self.stats.dead += 1
            return
        try:
            await self._answer_request(request, last=delivery.delivered >= self._settings.max_deliver)
        except Exception as error:  # noqa: BLE001  (the policy boundary of every replay)
            log.warning("replay %s comes again: %s", request.request_id, redact(repr(error)))
            await delivery.nak(delivery.backoff())
            self.stats.naked += 1
            return
        await delivery.ack()
        self.stats.acked += 1

    async def _answer_request(self, request: ReplayRequested, *, last: bool) -> None:
        """Re-emit and say so; on the `last` attempt a failure that waiting does not mend is the answer."""
        try:
            await self._finish(request, await self._emit(request), None)
        except Exception as error:
            if not last or is_transient(error):
                raise
            await self._finish(request, 0, redact(f"{type(error).__name__}: {error}"))

    async def _emit(self, request: ReplayRequested) -> int:
        """Publish copies of all that the service yields, from one snapshot of its store; return how many."""
        async with Publisher(self._bus) as publisher, self._engine.connect() as connection:
            await connection.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)
            async for event in self._replay(connection, request):
                await publisher.publish(event.to_message().replayed(request.request_id, request.target))
            await publisher.flush()
        return publisher.published

    async def _finish(self, request: ReplayRequested, events: int, failure: str | None) -> None:
        finished = ReplayFinished(
            request_id=request.request_id,
            service=self._service,
            events=events,
            finished_at=datetime.now(UTC),
            error=failure,
        )
        async with Publisher(self._bus) as publisher:
            await publisher.publish(finished)
        log.info("replay %s: %d events again, error: %s", request.request_id, events, failure)

    async def _heartbeat(self, delivery: Delivery) -> None:
        while True:
            await asyncio.sleep(self._puller.ack_wait / HEARTBEATS_PER_ACK_WAIT)
            with suppress(nats.errors.Error):
                await delivery.in_progress()

    async def _hand_back(self, delivery: Delivery) -> None:
        if not delivery.settled and self._bus.connected:
            with suppress(nats.errors.Error):
                await delivery.nak()
