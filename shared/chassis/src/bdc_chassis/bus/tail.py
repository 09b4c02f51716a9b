"""The facts stream by eye: what is on the bus, from a moment on, live."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import datetime
from typing import Final

import nats.errors
from bdc_contracts.event import CLAIM_CHECK_HEADER
from bdc_contracts.streams import FACTS
from nats.js import api

from bdc_chassis.bus.claim_check import check_out
from bdc_chassis.bus.connection import Bus

POLL_SECONDS: Final = 0.5
ALL_SUBJECTS: Final = ">"


@dataclass(frozen=True, slots=True)
class Tailed:
    """A message as the stream holds it; `payload` is the whole one, also of a claim check."""

    subject: str
    sequence: int
    stored_at: datetime
    headers: dict[str, str]
    payload: bytes


async def tail(
    bus: Bus, subject: str = ALL_SUBJECTS, *, since: datetime | None = None, history: bool = False, follow: bool = True
) -> AsyncIterator[Tailed]:
    """Yield the facts on `subject` in order: those after `since`, or with `history` all, or only new ones.

    Without `follow` it ends with what is there now. It leaves nothing behind on the server.
    """
    config = api.ConsumerConfig(deliver_policy=api.DeliverPolicy.ALL if history else api.DeliverPolicy.NEW)
    if since is not None:
        config = api.ConsumerConfig(deliver_policy=api.DeliverPolicy.BY_START_TIME, opt_start_time=since)
    subscription = await bus.js.subscribe(subject, stream=FACTS.name, config=config, ordered_consumer=True)
    try:
        if not follow and _is_empty(await subscription.consumer_info()):
            return
        while True:
            try:
                msg = await subscription.next_msg(timeout=POLL_SECONDS)
            except nats.errors.TimeoutError:
                continue
            headers, meta = msg.headers or {}, msg.metadata
            data = await check_out(bus, msg.data) if CLAIM_CHECK_HEADER in headers else msg.data
            yield Tailed(msg.subject, meta.sequence.stream, meta.timestamp, headers, data)
            if not follow and not meta.num_pending:
                return
    finally:
        await subscription.unsubscribe()


def _is_empty(info: api.ConsumerInfo) -> bool:
    """Tell whether there is nothing to come and nothing on its way."""
    return not info.num_pending and not (info.delivered and info.delivered.consumer_seq)
