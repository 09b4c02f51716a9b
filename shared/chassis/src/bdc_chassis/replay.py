"""Replay: a request is a message, the owning service answers it by publishing its history again."""

import asyncio
import logging
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final
from uuid import uuid4

import nats.errors
from bdc_contracts import ReplayFinished, ReplayRequested
from bdc_contracts.streams import CONTROL_QUEUE
from nats.js.errors import NotFoundError
from pydantic import ValidationError

from bdc_chassis.bus import Bus, Publisher, connect
from bdc_chassis.bus.provision import ACK_WAIT_SECONDS, replay_durable
from bdc_chassis.errors import ConfigurationError, is_transient, sentence

if TYPE_CHECKING:
    from nats.aio.msg import Msg
    from nats.js.client import JetStreamContext
    from sqlalchemy.ext.asyncio import AsyncEngine

    from bdc_chassis.service import Service
    from bdc_chassis.settings import ChassisSettings

FETCH_SECONDS: Final = 5.0
RETRY_SECONDS: Final = 5.0
STILL_WAITING_SECONDS: Final = 30.0

log = logging.getLogger(__name__)


async def request_replay(
    service: str,
    settings: "ChassisSettings",
    *,
    types: Sequence[str] = (),
    since: datetime | None = None,
    until: datetime | None = None,
    keys: Sequence[str] = (),
    target: str | None = None,
    wait: bool = False,
) -> dict[str, Any]:
    """Publish a replay request; with `wait`, return what came of it. Moments without a zone are UTC."""
    request = ReplayRequested(
        request_id=uuid4().hex,
        service=service,
        types=tuple(types),
        since=_utc(since),
        until=_utc(until),
        keys=tuple(keys),
        target=target,
        requested_at=datetime.now(UTC),
    )
    async with await connect(settings, name=f"{service}-replay-request") as bus:
        finished = await bus.client.subscribe(ReplayFinished.subscription())
        async with Publisher(bus) as publisher:
            await publisher.publish(request)
        if not wait:
            return {"request_id": request.request_id, "service": service, "status": "requested"}
        while True:
            try:
                answer = ReplayFinished.model_validate_json((await finished.next_msg(STILL_WAITING_SECONDS)).data)
            except nats.errors.TimeoutError:
                log.warning("the replay is not finished yet; is %s running?", service)
                continue
            if answer.request_id == request.request_id:
                return answer.model_dump(mode="json")


async def run_replays(bus: Bus, service: "Service", engine: "AsyncEngine") -> None:
    """Answer the service's replay requests one after the other, until cancelled."""
    while True:
        try:
            subscription = await bus.js.pull_subscribe_bind(replay_durable(service.name), CONTROL_QUEUE.name)
            while True:
                await _answer_next(bus, service, engine, subscription)
        except NotFoundError:
            log.warning("no replays are answered: run `migrate`")
        except (nats.errors.Error, TimeoutError, OSError) as error:
            log.warning("replay requests cannot be read: %s", sentence(error))
        await asyncio.sleep(RETRY_SECONDS)


async def _answer_next(
    bus: Bus, service: "Service", engine: "AsyncEngine", subscription: "JetStreamContext.PullSubscription"
) -> None:
    try:
        [msg] = await subscription.fetch(1, timeout=FETCH_SECONDS)
    except nats.errors.TimeoutError:
        return
    keep_alive = asyncio.create_task(_keep(msg))
    try:
        request = ReplayRequested.model_validate_json(msg.data)
        events, error = await _replay(bus, service, engine, request), None
    except asyncio.CancelledError:
        await msg.nak()
        raise
    except ValidationError:
        log.exception("a replay request is unreadable and was dropped")
        await msg.term()
        return
    except Exception as failure:  # noqa: BLE001  (the boundary that owns the policy: later if that helps, else say so)
        if is_transient(failure):
            log.warning("the replay waits: %s", sentence(failure))
            await msg.nak(delay=RETRY_SECONDS)
            return
        events, error = 0, sentence(failure)
    finally:
        keep_alive.cancel()
    await _say_finished(bus, request, events, error)
    await msg.ack()


async def _replay(bus: Bus, service: "Service", engine: "AsyncEngine", request: ReplayRequested) -> int:
    """Publish copies of all that the service yields, from one snapshot of its store; return how many."""
    if service.replay is None:
        raise ConfigurationError(f"{service.name} keeps no history that it could replay")
    count = 0
    async with engine.connect() as connection, Publisher(bus) as publisher:
        await connection.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)
        async for event in service.replay(connection, request):
            await publisher.publish(event.to_message().replayed(request.request_id, request.target))
            count += 1
    return count


async def _say_finished(bus: Bus, request: ReplayRequested, events: int, error: str | None) -> None:
    log.info("replay finished", extra={"request_id": request.request_id, "events": events, "error": error})
    finished = ReplayFinished(
        request_id=request.request_id,
        service=request.service,
        events=events,
        finished_at=datetime.now(UTC),
        error=error,
    )
    async with Publisher(bus) as publisher:
        await publisher.publish(finished)


async def _keep(msg: "Msg") -> None:
    """Tell the server that the request is being worked on, as long as it takes."""
    while True:
        await asyncio.sleep(ACK_WAIT_SECONDS / 3)
        await msg.in_progress()


def _utc(moment: datetime | None) -> datetime | None:
    if moment is None:
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
