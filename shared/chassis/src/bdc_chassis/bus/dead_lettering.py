"""Turns deliveries that a consumer gave up on into dead letters, stored before the message is let go."""

import traceback
from base64 import b64encode
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Final

from bdc_contracts import MessageDeadLettered

from bdc_chassis.bus.connection import Bus
from bdc_chassis.bus.delivery import Delivery
from bdc_chassis.bus.publisher import Publisher
from bdc_chassis.errors import redact

TRACEBACK_CHARACTERS: Final = 16_000
ERROR_CHARACTERS: Final = 2_000


async def bury(bus: Bus, service: str, consumer: str, failed: Sequence[tuple[Delivery, Exception]]) -> None:
    """Publish a dead letter for each; returns when the stream has acknowledged them.

    Raises:
        PublishError: it has not, so the messages must not be given up yet.
    """
    async with Publisher(bus) as publisher:
        for delivery, error in failed:
            await publisher.publish(dead_letter(service, consumer, delivery, error))


def dead_letter(service: str, consumer: str, delivery: Delivery, error: Exception) -> MessageDeadLettered:
    """Return the letter: everything that is needed to understand the failure and to try again."""
    msg = delivery.msg
    return MessageDeadLettered(
        service=service,
        consumer=consumer,
        original_subject=msg.subject,
        sequence=delivery.sequence,
        deliveries=delivery.delivered,
        headers=dict(msg.headers or {}),
        payload=b64encode(msg.data).decode(),
        error_class=type(error).__qualname__,
        error=redact(str(error))[:ERROR_CHARACTERS],
        traceback=redact("".join(traceback.format_exception(error)))[-TRACEBACK_CHARACTERS:],
        failed_at=datetime.now(UTC),
    )
