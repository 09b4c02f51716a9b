"""What a collector put on the bus."""

from typing import Any

from bdc_chassis.bus import Bus
from bdc_contracts import Event
from bdc_contracts.streams import FACTS


async def events(bus: Bus, kind: type[Event]) -> list[Any]:
    """Return the events of a kind in their order."""
    info = await bus.js.stream_info(FACTS.name)
    found = []
    for sequence in range(1, info.state.last_seq + 1):
        message = await bus.js.get_msg(FACTS.name, sequence)
        if message.subject == f"bdc.v1.mailing.{kind.ENTITY}.{kind.ACTION}":
            found.append(kind.model_validate_json(message.data or b""))
    return found
