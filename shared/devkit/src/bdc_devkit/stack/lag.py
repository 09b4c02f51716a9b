"""How far the durable consumers are behind."""

from dataclasses import dataclass

from bdc_chassis.bus.connection import Bus
from bdc_contracts.streams import CONTROL_QUEUE, FACTS
from nats.js.api import ConsumerInfo


@dataclass(frozen=True, slots=True)
class ConsumerLag:
    """A durable: messages not yet delivered, delivered but not acknowledged, and delivered again."""

    stream: str
    durable: str
    pending: int
    unacknowledged: int
    redelivered: int

    @property
    def left(self) -> int:
        """How many messages it has still to work off."""
        return self.pending + self.unacknowledged

    @property
    def drained(self) -> bool:
        """Whether it has nothing left to do."""
        return self.left == 0


async def consumer_lag(bus: Bus) -> list[ConsumerLag]:
    """Return every durable of the facts stream and the work queue."""
    found: list[ConsumerLag] = []
    for stream in (FACTS.name, CONTROL_QUEUE.name):
        offset = 0
        while page := await bus.js.consumers_info(stream, offset=offset):
            offset += len(page)
            found += [_lag(stream, info) for info in page if info.config.durable_name]
    return sorted(found, key=lambda lag: lag.durable)


def _lag(stream: str, info: ConsumerInfo) -> ConsumerLag:
    return ConsumerLag(
        stream=stream,
        durable=info.name,
        pending=info.num_pending or 0,
        unacknowledged=info.num_ack_pending or 0,
        redelivered=info.num_redelivered or 0,
    )
