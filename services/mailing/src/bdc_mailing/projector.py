"""Own events into the store, and their documents out."""

from collections.abc import Iterable, Sequence
from typing import Any

from bdc_chassis.bus import Projection, Received
from bdc_contracts import Event, MessageArchived, MessageRemoved
from sqlalchemy.ext.asyncio import AsyncConnection

from bdc_mailing.documents import message_documents, thread_documents
from bdc_mailing.posting import Posting
from bdc_mailing.settings import MailingSettings
from bdc_mailing.store import save


async def store_messages(tx: AsyncConnection, batch: Sequence[Received[Any]]) -> Iterable[Event]:
    """Store a batch and return the documents of its messages and their threads, whether or not it changed them."""
    postings = [Posting.of(each.event, each.sequence) for each in batch if isinstance(each.event, MessageArchived)]
    removals = [each.event for each in batch if isinstance(each.event, MessageRemoved)]
    saved = await save(tx, postings, removals, [each.sequence for each in batch])
    return [*await message_documents(tx, saved.keys), *await thread_documents(tx, saved.threads)]


def projections(_settings: MailingSettings) -> Sequence[Projection]:
    """Return the service's one consumer."""
    return [Projection("mailing-store", (MessageArchived, MessageRemoved), store_messages)]
