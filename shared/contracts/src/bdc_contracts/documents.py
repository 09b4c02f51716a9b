"""What can be searched: every domain publishes its documents, the indexer consumes them."""

from datetime import datetime
from typing import ClassVar

from bdc_contracts.event import EPOCH, Event
from bdc_contracts.people import PersonRef


class DocumentChanged(Event):
    """`bdc.v1.<domain>.document.changed`: a document is new or has a new content.

    `document_id` is unique over all domains (`github:commit:<repository>:<sha>`). `container` is the repository,
    list or channel that it belongs to, `kind` what it is (`commit`, `message`). `revised_at` orders versions of one
    document: an older one never replaces a newer one.
    """

    ENTITY: ClassVar[str] = "document"
    ACTION: ClassVar[str] = "changed"

    domain: str
    document_id: str
    kind: str
    container: str
    title: str = ""
    text: str = ""
    url: str | None = None
    author: PersonRef | None = None
    thread: str | None = None
    occurred_at: datetime | None = None
    revised_at: datetime
    visibility: str = "public"

    def event_key(self) -> str:
        return self.document_id

    def event_time(self) -> datetime:
        return self.occurred_at or EPOCH


class DocumentRemoved(Event):
    """`bdc.v1.<domain>.document.removed`: the document must not be found any more."""

    ENTITY: ClassVar[str] = "document"
    ACTION: ClassVar[str] = "removed"

    domain: str
    document_id: str
    revised_at: datetime

    def event_key(self) -> str:
        return self.document_id

    def event_version(self) -> str:
        return self.revised_at.isoformat()

    def event_time(self) -> datetime:
        return self.revised_at
