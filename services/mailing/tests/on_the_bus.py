"""What a collector put on the bus."""

from typing import Any

from bdc_chassis.bus import Bus
from bdc_contracts import Event
from bdc_contracts.streams import FACTS
from nats.js.api import DeliverPolicy


async def events(bus: Bus, kind: type[Event]) -> list[Any]:
    """Return the events of a kind in their order."""
    subject = f"bdc.v1.mailing.{kind.ENTITY}.{kind.ACTION}"
    info = await bus.js.stream_info(FACTS.name, subjects_filter=subject)
    number = (info.state.subjects or {}).get(subject, 0)
    consumer = await bus.js.subscribe(
        subject, stream=FACTS.name, ordered_consumer=True, deliver_policy=DeliverPolicy.ALL
    )
    try:
        return [kind.model_validate_json((await consumer.next_msg(timeout=10)).data) for _ in range(number)]
    finally:
        await consumer.unsubscribe()
