"""A projection: what a service makes of the facts on the bus, batch by batch."""

from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from bdc_contracts import Event, Message

if TYPE_CHECKING:
    from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

    from bdc_chassis.bus.connection import Bus

E_co = TypeVar("E_co", bound=Event, covariant=True)


@dataclass(frozen=True, slots=True)
class Received(Generic[E_co]):
    """An event with the circumstances of its delivery.

    `sequence` is its place in the facts stream, `replay` the request that it is a copy for, `delivered` counts
    attempts from 1, `traceparent` names the span that published it.
    """

    event: E_co
    sequence: int
    id: str
    replay: str | None
    subject: str
    delivered: int
    traceparent: str | None = None


Handler = Callable[["AsyncConnection", Sequence[Received[Any]]], Awaitable[Iterable[Event | Message]]]
AfterCommit = Callable[["Bus", "AsyncEngine"], Awaitable[object]]


@dataclass(frozen=True)
class Projection:
    """One durable pull consumer with its handler.

    The handler runs in one transaction. The events (or finished messages) that it returns are published after the
    commit and before the acknowledgement; since a crash can fall between the two, derive them from the batch and
    the stored state, never from what this upsert changed. `subjects` narrows the subscription that follows from
    `events`; `batch` overrides the setting. `after_commit` runs after each commit and before the acknowledgement
    too, for a service that keeps what it has to publish in an outbox of its own; where it fails, the batch comes
    again.
    """

    durable: str
    events: tuple[type[Event], ...]
    handle: Handler
    subjects: tuple[str, ...] = ()
    batch: int | None = None
    after_commit: AfterCommit | None = None

    def subscriptions(self) -> tuple[str, ...]:
        """Return the subject filters of the durable consumer."""
        return self.subjects or tuple(dict.fromkeys(event.subscription() for event in self.events))
