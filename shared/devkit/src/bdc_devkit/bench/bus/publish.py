"""The publishing phases of the bus benchmark."""

import asyncio
import gc
from collections.abc import Sequence

from bdc_chassis.bus import Publisher, connect, provision
from bdc_chassis.settings import ChassisSettings
from bdc_contracts import Event, Message, streams

from bdc_devkit.bench.bus.events import document
from bdc_devkit.bench.meter import Meter
from bdc_devkit.bench.result import BenchResult
from bdc_devkit.errors import StackError


def publish_messages(nats_url: str, count: int) -> BenchResult:
    """Publish `count` messages as they travel."""
    return asyncio.run(_publish(nats_url, "publish", [document(n, "m").to_message() for n in range(count)]))


def publish_events(nats_url: str, count: int) -> BenchResult:
    """Publish `count` events: serialise, hash, publish. The stream holds exactly these afterwards."""
    return asyncio.run(_publish(nats_url, "publish_events", [document(n, "e") for n in range(count)]))


async def _publish(nats_url: str, name: str, events: Sequence[Event | Message]) -> BenchResult:
    async with await connect(ChassisSettings(nats_url=nats_url), name="bench") as bus:
        await provision(bus.js)
        await bus.js.purge_stream(streams.FACTS.name)
        gc.freeze()  # the prepared events are the benchmark's, not the publisher's
        with Meter() as meter:
            async with Publisher(bus) as publisher:
                for event in events:
                    await publisher.publish(event)
        stored = (await bus.js.stream_info(streams.FACTS.name)).state.messages
    if not publisher.published == stored == len(events):
        raise StackError(f"of {len(events)} events {publisher.published} were acknowledged and {stored} stored")
    return meter.result(name, len(events), payload_bytes=_payload_bytes(events[0]))


def _payload_bytes(event: Event | Message) -> int:
    return len(event.payload if isinstance(event, Message) else event.to_json())
