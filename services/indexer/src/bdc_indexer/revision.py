"""What a batch of document events comes to: one revision per document, the newest."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from hashlib import blake2b
from typing import Any, TypeAlias

from bdc_chassis.bus import Received
from bdc_chassis.store.text import storable
from bdc_contracts import DocumentChanged, DocumentRemoved, PersonRef
from bdc_contracts.ids import digest

from bdc_indexer import chunking

Version: TypeAlias = tuple[datetime, bool, int]
REMOVED_HASH = ""


@dataclass(frozen=True, slots=True)
class Revision:
    """A state of a document: its event, the event's place in the stream, and a hash of what is searched in it."""

    event: DocumentChanged | DocumentRemoved
    sequence: int
    content_hash: str

    @property
    def version(self) -> Version:
        """What orders the revisions of one document: the greatest is in force.

        Of a change and a removal of the same moment the removal is in force, whichever arrives first. The stream
        decides between two changes; a replayed copy has no place of its own there, so it never wins over an original.
        """
        return self.event.revised_at, self.removed, self.sequence

    @property
    def removed(self) -> bool:
        """Whether the document must not be found."""
        return isinstance(self.event, DocumentRemoved)


def newest(batch: Iterable[Received[Any]], model: str) -> dict[str, Revision]:
    """Return the newest revision of each document in `batch`, by document id; `model` names the embeddings."""
    revisions: dict[str, Revision] = {}
    for received in batch:
        event = received.event
        revision = Revision(
            event=event,
            sequence=0 if received.replay else received.sequence,
            content_hash=_content_hash(event, model),
        )
        key = storable(event.document_id)
        if (known := revisions.get(key)) is None or known.version < revision.version:
            revisions[key] = revision
    return revisions


def document_number(document_id: str) -> int:
    """Return the 64-bit number that stands for a document in its chunks; it follows from the id, not from arrival.

    Two ids with one number (3 in a million indexes of 10 million documents each) violate the primary key, loudly.
    """
    return int.from_bytes(blake2b(document_id.encode(), digest_size=8).digest(), "big", signed=True)


def author_key(author: PersonRef | None) -> str | None:
    """Return the one text that stands for an account in filters, `git:Ann Lee <ann@example.org>`."""
    return storable(f"{author.platform}:{author.account}") if author else None


def _content_hash(event: DocumentChanged | DocumentRemoved, model: str) -> str:
    """Hash all that chunks and vectors depend on: with the same hash nothing is cut or embedded again."""
    if isinstance(event, DocumentRemoved):
        return REMOVED_HASH
    return digest(model, str(chunking.VERSION), event.title, event.text)
