"""Carries out `identity.person.forgotten` in the store and in the documents."""

from datetime import UTC, datetime
from typing import Final

from bdc_chassis.bus import Projection
from bdc_chassis.collect.partition import QUARANTINED
from bdc_chassis.forgetting import Erased, Redactor, forgetting
from bdc_chassis.forgetting.archived import archived
from bdc_contracts import DocumentRemoved, Event
from sqlalchemy import RowMapping
from sqlalchemy.ext.asyncio import AsyncConnection

from bdc_mailing.documents import DOMAIN, MESSAGE, THREAD, document_id, message_documents, thread_documents
from bdc_mailing.forgotten import Oblivion, hashed_name
from bdc_mailing.posting import Posting
from bdc_mailing.settings import MailingSettings
from bdc_mailing.store import save
from bdc_mailing.store.forgetting import (
    affected,
    delete_messages_without_postings,
    delete_postings,
    remember_names,
    rename_threads,
    traces,
)

AUTHORED: Final = "messages"
MENTIONED: Final = "mentions"


def forgetting_projection(settings: MailingSettings) -> Projection:
    """Return the durable consumer of requests to forget somebody."""
    return forgetting(DOMAIN, erase, elsewhere=archived(settings, f"{DOMAIN}/", f"{QUARANTINED}/{DOMAIN}/"))


async def erase(tx: AsyncConnection, redactor: Redactor) -> Erased:
    """Rewrite every message that has something of them, as it would be stored if it came now.

    What they wrote stays without their name, address, accounts and signature; they go out of the addressees of others
    and out of the lines that say who is quoted.
    """
    found = await traces(tx, redactor)
    hashes = {hashed for name in found.names if (hashed := hashed_name(redactor, name))}
    await remember_names(tx, hashes)
    oblivion = Oblivion(redactor, hashes)
    counts = {AUTHORED: 0, MENTIONED: 0}
    events: list[Event] = []
    async for page in affected(tx, found):
        changed = [(row, event, new) for row, event in page if (new := oblivion.event(event)) != event]
        for _, event, new in changed:
            counts[AUTHORED if new.sender != event.sender else MENTIONED] += 1
        postings = [Posting.of(new, row["sequence"]) for row, _, new in changed]
        if postings:
            events += await _rewrite(tx, [row for row, _, _ in changed], postings)
    events += await _rename(tx, redactor)
    return Erased(counts, events)


async def _rename(tx: AsyncConnection, redactor: Redactor) -> list[Event]:
    renamed = await rename_threads(tx, redactor)
    documents = await thread_documents(tx, sorted(renamed.values()))
    now = datetime.now(UTC)
    gone = [
        DocumentRemoved(domain=DOMAIN, document_id=document_id(THREAD, before), revised_at=now) for before in renamed
    ]
    return [*gone, *documents]


async def _rewrite(tx: AsyncConnection, rows: list[RowMapping], postings: list[Posting]) -> list[Event]:
    await delete_postings(tx, rows)
    emptied = await delete_messages_without_postings(tx, {row["message_key"] for row in rows})
    saved = await save(tx, postings, (), [posting.sequence for posting in postings])
    removed = [
        DocumentRemoved(domain=DOMAIN, document_id=document_id(MESSAGE, key), revised_at=revised_at)
        for key, revised_at in emptied.items()
        if key not in saved.keys
    ]
    return [*removed, *await message_documents(tx, saved.keys), *await thread_documents(tx, saved.threads)]
