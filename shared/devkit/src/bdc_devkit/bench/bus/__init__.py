"""The bus with 1 KiB events: published with every ack checked; consumed, validated, upserted and acked.

Each phase is one process. `n`, `seconds` and `per_second` are of publishing; `publish`, `publish_events` and `consume`
hold the figures of each phase. `publish` begins with messages as they travel, `publish_events` with events, so that it
includes serialising them and hashing their ids.
"""

import asyncio
import dataclasses
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context

from bdc_devkit.bench.bus.consume import consume
from bdc_devkit.bench.bus.publish import publish_events, publish_messages
from bdc_devkit.bench.context import BenchContext
from bdc_devkit.bench.result import BenchResult

EVENTS = 100_000


async def run(context: BenchContext) -> BenchResult:
    """Publish and consume `EVENTS` events."""
    published = await _in_own_process(publish_messages, context.nats_url, EVENTS)
    serialised = await _in_own_process(publish_events, context.nats_url, EVENTS)
    consumed = await _in_own_process(consume, context.nats_url, context.database_url, EVENTS)
    extra = {
        "publish": published.to_dict(),
        "publish_events": serialised.to_dict(),
        "consume": consumed.to_dict(),
        "consume_per_second": round(consumed.per_second, 1),
    }
    return dataclasses.replace(published, bench="bus", extra=extra)


async def _in_own_process(phase: Callable[..., BenchResult], *arguments: object) -> BenchResult:
    """Run a phase in a fresh interpreter, so that its memory and processor time are its own."""
    with ProcessPoolExecutor(max_workers=1, mp_context=get_context("spawn")) as pool:
        return await asyncio.get_running_loop().run_in_executor(pool, phase, *arguments)
