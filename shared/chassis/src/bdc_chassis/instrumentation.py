"""Projections that are measured: seconds per batch, and a span around each."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from bdc_contracts import Event, Message

from bdc_chassis.metrics import BATCH_SECONDS
from bdc_chassis.telemetry import tracer

if TYPE_CHECKING:
    from sqlalchemy.ext.asyncio import AsyncConnection

    from bdc_chassis.bus import Projection, Received


def instrumented(projection: "Projection") -> "Projection":
    """Return the projection with its handler measured."""
    seconds = BATCH_SECONDS.labels(projection.durable)

    async def handle(tx: "AsyncConnection", batch: "Sequence[Received[Any]]") -> Iterable[Event | Message]:
        attributes = {"messaging.batch.message_count": len(batch)}
        with seconds.time(), tracer().start_as_current_span(f"project {projection.durable}", attributes=attributes):
            return await projection.handle(tx, batch)

    return replace(projection, handle=handle)
