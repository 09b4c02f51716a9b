"""Fetches the pages of messages from HyperKitty, several at a time, and publishes what they say."""

import asyncio
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import NamedTuple

from bdc_chassis.errors import BdcError, ValidationFailed

from bdc_mailing.archives.ledger import Published
from bdc_mailing.archives.server_state import ServerState
from bdc_mailing.source.hyperkitty import Entry, IndexPage
from bdc_mailing.source.hyperkitty_message import message_of
from bdc_mailing.source.json_sequence import MEDIA_TYPE, join
from bdc_mailing.source.parse import ParsedMessage

GONE = "gone"
EDITED = "edited"


class Fetched(NamedTuple):
    """A message's page, or why it could not be had."""

    entry: Entry
    body: bytes = b""
    error: BdcError | None = None


class Details:
    """The way of the pages of messages: from the server, into the raw archive, to the bus."""

    def __init__(self, state: ServerState, requests: int) -> None:
        self._state = state
        self._slots = asyncio.Semaphore(requests)

    async def fetch(self, entries: Sequence[Entry]) -> list[Fetched]:
        """Ask for pages at once, as many as the server may be asked; the order stays."""
        return await asyncio.gather(*map(self._one, entries))

    async def publish(self, fetched: Sequence[Fetched], page: IndexPage | None = None) -> None:
        """Archive and publish pages, with the part of the index that named them; what failed is owed.

        Raises:
            PublishError: an earlier event could not be stored.
        """
        state = self._state
        for each in fetched:
            if each.error is not None:
                await self._owe(each.entry.hash, each.error)
        arrived = [each for each in fetched if each.error is None]
        again = {each.entry.hash: datetime.now(UTC) for each in arrived if state.was_seen(each.entry.hash)}
        ref, offsets = await self._archive(arrived, page, again)
        for each, offset in zip(arrived, offsets, strict=True):
            message = await self.read(each)
            if message is not None:
                reference = f"{ref}#{offset}+{len(each.body)}"
                await self._publish(each.entry.hash, message, reference, again.get(each.entry.hash))
        state.task.run.advance(len(fetched) - len(arrived))

    async def _publish(self, name: str, message: ParsedMessage, reference: str, again: datetime | None) -> None:
        """Publish a message, then that its former version is gone."""
        state = self._state
        await state.task.publish_parsed(message, reference, state.origin, seen_again_at=again)
        former = state.ledger.get(name)
        if former is not None and former.sha256 != message.sha256:
            await state.task.remove(former.key_id, state.origin, sha256=former.sha256)
            state.task.run.count(EDITED)
        state.published(name, Published(message.key_id, message.sha256))

    async def _archive(
        self, arrived: Sequence[Fetched], page: IndexPage | None, again: Mapping[str, datetime]
    ) -> tuple[str, list[int]]:
        """Put pages into the raw archive as they were received; return the reference and where in it each begins."""
        if not arrived:
            return "", []
        task = self._state.task
        before = [page.body] if page else []
        data, offsets = join([*before, *(each.body for each in arrived)])
        offsets = offsets[len(before) :]
        seen = zip(arrived, offsets, strict=True)
        moments = {str(offset): again[each.entry.hash].isoformat() for each, offset in seen if each.entry.hash in again}
        meta = task.entry(self._state.origin, seen_again=moments)
        ref = await asyncio.to_thread(task.run.archive.put, data, media_type=MEDIA_TYPE, source=task.source, meta=meta)
        return ref, offsets

    async def read(self, fetched: Fetched) -> ParsedMessage | None:
        """Return the message of a page; one without a message is quarantined and owed."""
        try:
            return message_of(fetched.body, self._state.message_id, self._state.task.address)
        except ValidationFailed as error:
            await self._state.task.run.quarantine(fetched.body, str(error), self._state.task.address)
            self._state.owes(fetched.entry.hash, error)
            return None

    async def _one(self, entry: Entry) -> Fetched:
        try:
            async with self._slots:
                return Fetched(entry, await self._state.server.message(entry))
        except BdcError as error:
            return Fetched(entry, error=error)

    async def _owe(self, name: str, error: BdcError) -> None:
        """Note a debt; a page that is absent in two runs running was removed before anybody read it."""
        state = self._state
        before = state.position.owed.get(name)
        state.owes(name, error)
        if before and before.absent and state.position.owed[name].absent:
            await state.task.run.quarantine(name.encode(), str(error), state.task.address)
            state.task.run.count(GONE)
            state.removed(name)
