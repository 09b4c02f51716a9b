"""Waits until every consumer has stored what was collected."""

import asyncio
import time
from collections.abc import Callable

from bdc_chassis.bus.connection import Bus
from bdc_contracts.streams import FACTS

from bdc_devkit.errors import StackError
from bdc_devkit.stack.lag import ConsumerLag, consumer_lag

POLL_SECONDS = 0.25
STABLE_POLLS = 4
PATIENCE_SECONDS = 180.0


async def drained(bus: Bus, *, progress: Callable[[list[ConsumerLag]], None] = lambda _: None) -> None:
    """Return when all durables are at the end of the stream and nothing new has come for a while.

    Consumers publish facts that others consume, so one moment of silence is not the end.

    Raises:
        StackError: nothing moved for three minutes though there is work left.
    """
    stable, last, moved = 0, None, time.monotonic()
    while stable < STABLE_POLLS:
        lags = await consumer_lag(bus)
        end = (await bus.js.stream_info(FACTS.name)).state.last_seq
        seen = (end, tuple(lags))
        if seen != last:
            moved = time.monotonic()
        quiet = all(lag.drained for lag in lags)
        stable = stable + 1 if quiet and seen == last else 0
        last = seen
        progress(lags)
        if time.monotonic() - moved > PATIENCE_SECONDS:
            behind = ", ".join(f"{lag.durable} ({lag.left:,})" for lag in lags if not lag.drained)
            raise StackError(f"Nothing moves any more though there is work for {behind}: see `bdc status` and the logs")
        await asyncio.sleep(POLL_SECONDS)
