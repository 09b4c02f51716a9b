"""Own events into the store, and their documents out."""

from collections.abc import Iterable, Sequence
from typing import Any

from bdc_chassis.bus import Projection, Received
from bdc_contracts import Event, MessageArchived
from sqlalchemy.ext.asyncio import AsyncConnection

from bdc_mailing.documents import documents_for
from bdc_mailing.posting import Posting
from bdc_mailing.settings import MailingSettings
from bdc_mailing.store import save_postings


async def store_messages(tx: AsyncConnection, batch: Sequence[Received[Any]]) -> Iterable[Event]:
    """Store a batch and return the documents of its messages, whether or not the batch changed them."""
    postings = [Posting.of(each.event, each.id, each.sequence) for each in batch]
    await save_postings(tx, postings)
    return await documents_for(tx, sorted({posting.message_key for posting in postings}))


def projections(_settings: MailingSettings) -> Sequence[Projection]:
    """Return the service's one consumer."""
    return [Projection("mailing-store", (MessageArchived,), store_messages)]
