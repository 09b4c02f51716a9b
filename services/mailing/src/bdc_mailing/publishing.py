"""Publishes the messages of one list, with the sightings of their authors."""

import asyncio
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from types import TracebackType
from typing import Any, Final, Self

from bdc_chassis.collect import PartitionRun
from bdc_chassis.forgetting import FORGOTTEN
from bdc_contracts import Event, Handle

from bdc_mailing.parse_pool import ParsePool, usable_processes
from bdc_mailing.ready import Job, Ready, ready, ready_all
from bdc_mailing.settings import MailingSettings
from bdc_mailing.source.origin import Origin
from bdc_mailing.source.parse import ParsedMessage
from bdc_mailing.source.raw import RawMessage

PLATFORM: Final = "mail"
MESSAGES: Final = "messages"
FEW_MESSAGES: Final = 3000
"""Up to here starting processes (0.17 s each) costs more than they save."""
SMALL_BLOCK: Final = 16
"""Handing fewer messages to another process costs as much as parsing them."""
JOB_BYTES: Final = 1 << 18
"""A job is held several times on its way, so that its size is what the processes' memory grows by."""


class Publishing:
    """The way of messages to the bus, in the order in which they are handed over.

    After some hundred messages other processes parse, so that a block may still be with them when `publish_block`
    returns: the cursor moves through `checkpoint` only. Leaving without an error publishes what is left.
    """

    def __init__(self, run: PartitionRun, settings: MailingSettings, list_address: str) -> None:
        processes = settings.mailing_parse_processes
        self._run = run
        self._list = list_address
        self._pool = ParsePool(usable_processes() if processes is None else processes)
        self._pending: deque[asyncio.Task[list[Ready]]] = deque()
        self._published = 0

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        try:
            if kind is None:
                await self._settle()
        finally:
            for task in self._pending:
                task.cancel()
            await asyncio.gather(*self._pending, return_exceptions=True)
            await self._pool.close()

    async def publish_block(self, messages: Sequence[RawMessage], references: Sequence[str], origin: Origin) -> None:
        """Parse and publish messages in their order; each reference is to the bytes of its message.

        Raises:
            PublishError: an earlier event could not be stored.
            ParserLost: a parsing process died; nothing after the last checkpoint counts as published.
        """
        if self._pool.ready and len(messages) >= SMALL_BLOCK:
            for part in _parts(messages):
                await self._settle(self._pool.capacity - 1)
                self._pending.append(self._pool.submit(Job(self._list, messages[part], references[part], origin)))
            return
        await self._settle()
        await self._publish(ready_all(Job(self._list, messages, references, origin)))
        if self._published >= FEW_MESSAGES:
            self._pool.begin()

    async def publish_parsed(
        self, message: ParsedMessage, reference: str, origin: Origin, *, seen_again_at: datetime | None = None
    ) -> None:
        """Publish one message, after those before it; an archive may show it again after it was removed.

        Raises:
            PublishError: an earlier event could not be stored.
            ParserLost: a parsing process died.
        """
        await self._settle()
        await self._publish([ready(message, self._list, reference, origin, seen_again_at)])

    async def publish_event(self, event: Event) -> None:
        """Publish another event about the list, after the messages before it.

        Raises:
            PublishError: an earlier event could not be stored.
            ParserLost: a parsing process died.
        """
        await self._settle()
        await self._run.publish(event)

    async def flush(self) -> None:
        """Wait until everything handed over so far is acknowledged.

        Raises:
            PublishError: an event could not be stored.
            ParserLost: a parsing process died.
        """
        await self._settle()
        await self._run.publisher.flush()

    async def checkpoint(self, cursor: dict[str, Any]) -> None:
        """Move the cursor once everything handed over so far is acknowledged.

        Raises:
            PublishError: an event could not be stored; the cursor stays.
            ParserLost: a parsing process died; the cursor stays.
        """
        await self._settle()
        await self._run.checkpoint(cursor)

    async def _settle(self, left: int = 0) -> None:
        """Publish the oldest blocks until at most `left` are being parsed."""
        while len(self._pending) > left:
            await self._publish(await self._pending[0])
            self._pending.popleft()

    async def _publish(self, messages: Iterable[Ready]) -> None:
        publish, see = self._run.publisher.publish, self._run.people.add
        count = 0
        for wire, author in messages:
            await publish(wire.message())
            if author is not None and author.name != FORGOTTEN:  # so the raw archive names them
                account, name, email, at = author.account, author.name, author.email, author.at
                handles = tuple(Handle(platform=platform, login=login) for platform, login in author.handles)
                await see(PLATFORM, account, self._list, at, name=name, email=email, handles=handles)
            count += 1
        self._published += count
        self._run.count(MESSAGES, count)
        self._run.advance(count)


def _parts(messages: Sequence[RawMessage]) -> Iterator[slice]:
    """Divide messages into runs of about `JOB_BYTES`."""
    start = size = 0
    for place, raw in enumerate(messages):
        if size >= JOB_BYTES:
            yield slice(start, place)
            start, size = place, 0
        size += len(raw.data)
    yield slice(start, len(messages))
