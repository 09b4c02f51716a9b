"""One list in one run: what the readers of all kinds of archive work with."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from bdc_chassis.bus.publisher import PublishError
from bdc_chassis.collect import PartitionRun
from bdc_chassis.cursor import CursorConflict
from bdc_contracts import MessageRemoved

from bdc_mailing.parse_pool import ParserLost
from bdc_mailing.position import Position
from bdc_mailing.publishing import Publishing
from bdc_mailing.settings import MailingSettings
from bdc_mailing.source.origin import Origin
from bdc_mailing.source.parse import ParsedMessage, parse
from bdc_mailing.source.raw import RawMessage
from bdc_mailing.source.window import Window

LEFT_OUT = "outside"
REMOVED = "removed"
ENDING = (PublishError, ParserLost, CursorConflict)
"""What ends the run of a list, whatever its other archives hold."""
REMOVAL_TYPE = "application/vnd.bdc.mailing.message.removed+json"


@dataclass(frozen=True, slots=True)
class Options:
    """What the operator asked of a run beside lists and archives; `sweep` compares the whole of an archive again."""

    window: Window = field(default_factory=Window)
    sweep: bool = False


class ListRun:
    """A list, its cursor and its way to the bus.

    A run that is limited to a period reads from the beginning and leaves the cursor alone, since a cursor says that
    everything before it was published.
    """

    def __init__(
        self, run: PartitionRun, publishing: Publishing, settings: MailingSettings, address: str, options: Options
    ) -> None:
        self.run = run
        self.publishing = publishing
        self.settings = settings
        self.address = address
        self.options = options
        self.source = f"{run.collector}/{address}"

    def position(self) -> Position:
        """Return the cursor of the list."""
        return Position() if self.options.window.bounded else Position.model_validate(self.run.cursor or {})

    async def publish(self, messages: Sequence[RawMessage], references: Sequence[str], origin: Origin) -> None:
        """Publish the messages that are inside the period.

        Raises:
            PublishError: an event could not be stored.
        """
        window = self.options.window
        if window.bounded:
            inside = [pair for pair in zip(messages, references, strict=True) if window.admits_message(pair[0])]
            self.run.count(LEFT_OUT, len(messages) - len(inside))
            messages, references = [raw for raw, _ in inside], [reference for _, reference in inside]
        await self.publishing.publish_block(messages, references, origin)

    async def publish_parsed(
        self, message: ParsedMessage, reference: str, origin: Origin, *, seen_again_at: datetime | None = None
    ) -> None:
        """Publish a message that needed no parsing, if it is inside the period.

        Raises:
            PublishError: an event could not be stored.
        """
        if self.options.window.admits(message.archived_at or message.date):
            await self.publishing.publish_parsed(message, reference, origin, seen_again_at=seen_again_at)
        else:
            self.run.count(LEFT_OUT)

    async def remove(
        self, key_id: str, origin: Origin, *, sha256: str | None = None, at: datetime | None = None
    ) -> None:
        """Publish that the archive no longer holds a message, or one version of it.

        The raw archive keeps the event too, since what is not there any more leaves no other trace to derive it from.
        """
        event = MessageRemoved(
            list_address=self.address,
            key_id=key_id,
            source=origin.label,
            sha256=sha256,
            observed_at=at or datetime.now(UTC),
        )
        await asyncio.to_thread(
            self.run.archive.put, event.to_json(), media_type=REMOVAL_TYPE, source=self.source, meta=self.entry(origin)
        )
        await self.publishing.publish_event(event)
        self.run.count(REMOVED)

    async def remove_raw(self, raw: RawMessage, origin: Origin) -> None:
        """Publish that the archive gave up a message, `archived_at` being when it did."""
        message = parse(raw)
        await self.remove(message.key_id, origin, sha256=message.sha256, at=raw.archived_at)

    async def save(self, position: Position) -> None:
        """Move the cursor, once everything before it is acknowledged.

        Raises:
            PublishError: an event could not be stored; the cursor stays.
        """
        if not self.options.window.bounded:
            await self.publishing.checkpoint(position.model_dump(mode="json", exclude_defaults=True))

    def entry(self, origin: Origin, **more: Any) -> dict[str, Any]:
        """Return what the raw archive notes beside an object, so that its events can be derived again."""
        return {"origin": list(origin), **more}
