"""The AsyncAPI document of a service, as FastStream writes it: what it consumes by which durable and what it publishes.

FastStream takes half a second to import, so that only who asks for the document pays for it; nothing is connected.
"""

import inspect
from collections.abc import Callable, Sequence
from typing import Any

from bdc_contracts import Event
from bdc_contracts.streams import FACTS

from bdc_chassis.bus.projection import Projection

VERSION = "1"


def asyncapi(service: str, projections: Sequence[Projection], publishes: Sequence[type[Event]]) -> dict[str, Any]:
    """Return an AsyncAPI 3.0 document; events of every domain are listed under the service's own."""
    from faststream.nats import JStream, NatsBroker, PullSub  # noqa: PLC0415
    from faststream.specification.asyncapi import AsyncAPI  # noqa: PLC0415

    broker, stream = NatsBroker("nats://localhost:4222"), JStream(FACTS.name, declare=False)
    for projection in projections:
        for event in projection.events:
            subscriber = broker.subscriber(
                event.subscription(),
                stream=stream,
                durable=projection.durable,
                pull_sub=PullSub(),
                title=f"{projection.durable}:{event.type_name()}",
                description=_summary(event),
            )
            subscriber(_handler(event))
    for event in publishes:
        broker.publisher(
            event.subscription().replace("*", service),
            stream=stream,
            schema=event,
            title=event.type_name(),
            description=_summary(event),
        )
    document = AsyncAPI(broker, title=f"bdc-{service}", version=VERSION, schema_version="3.0.0")
    return document.to_specification().to_jsonable()  # type: ignore[no-any-return]


def _summary(event: type[Event]) -> str:
    return inspect.getdoc(event) or ""


def _handler(event: type[Event]) -> Callable[..., Any]:
    async def handle(body: Any) -> None:
        """Stand for the projection; documents are made from its annotation."""

    handle.__annotations__["body"] = event
    return handle
