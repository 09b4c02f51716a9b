"""Own events into the store, and their documents out."""

from collections.abc import Iterable, Sequence
from typing import Any, Final

from bdc_chassis.bus import Projection, Received
from bdc_chassis.forgetting import ForgottenPeople
from bdc_contracts import Event, MessageArchived, MessageRemoved
from sqlalchemy.ext.asyncio import AsyncConnection

from bdc_mailing.documents import message_documents, thread_documents
from bdc_mailing.forgetting import forgetting_projection
from bdc_mailing.forgotten import Oblivion
from bdc_mailing.posting import Posting
from bdc_mailing.settings import MailingSettings
from bdc_mailing.store import save
from bdc_mailing.store.forgetting import remembered_names

BATCH_MESSAGES: Final = 400
"""Mail is larger than other facts; of four batches in memory, some hold rows and documents beside the events."""


class MessageProjector:
    """Stores messages, without the people who asked to be forgotten."""

    def __init__(self) -> None:
        self._forgotten = ForgottenPeople()

    async def store(self, tx: AsyncConnection, batch: Sequence[Received[Any]]) -> Iterable[Event]:
        """Store a batch and return the documents of its messages and their threads, whether or not it changed them."""
        oblivion = await self._oblivion(tx)
        postings = [
            Posting.of(oblivion.event(each.event) if oblivion else each.event, each.sequence)
            for each in batch
            if isinstance(each.event, MessageArchived)
        ]
        removals = [each.event for each in batch if isinstance(each.event, MessageRemoved)]
        saved = await save(tx, postings, removals, [each.sequence for each in batch])
        return [*await message_documents(tx, saved.keys), *await thread_documents(tx, saved.threads)]

    async def _oblivion(self, tx: AsyncConnection) -> Oblivion | None:
        redactor = await self._forgotten.redactor(tx)
        return Oblivion(redactor, await remembered_names(tx)) if redactor else None


def projections(settings: MailingSettings) -> Sequence[Projection]:
    """Return the service's consumers: of its own facts, and of requests to forget somebody."""
    events = (MessageArchived, MessageRemoved)
    stored = Projection("mailing-store", events, MessageProjector().store, batch=BATCH_MESSAGES)
    return [stored, forgetting_projection(settings)]
