"""Messages of mailing lists, from any archive."""

from datetime import datetime
from typing import ClassVar, Final

from bdc_contracts.event import EPOCH, Event, Record
from bdc_contracts.ids import digest
from bdc_contracts.people import Handle

DECODED_BY_ARCHIVE: Final = "decoded-by-archive"
"""The defect of a message of which there were no bytes, only what an archive made of them."""


class Address(Record):
    """A mailbox as a header gives it, decoded."""

    name: str = ""
    email: str = ""


class Attachment(Record):
    """A part that is not the text: listed, never stored in the event."""

    name: str | None = None
    content_type: str
    size: int
    sha256: str


class MessageArchived(Event):
    """`mailing.message.archived`: an archive of a list holds this message.

    `key_id` is the message's natural key: its Message-ID, or one derived from its content where it has none.
    `sha256` is of the message's bytes as received (separator and quoting of its mbox undone, lines ending in LF, no
    empty lines at the end), so that two messages with one Message-ID stay two. `archive` refers to these bytes in the
    raw archive, `<reference>` or `<reference>#<offset>+<length>`; the same message found elsewhere is the same fact.
    `source` names the archive that it was found in (`hyperkitty:https://lists.example`), `url` is where a person
    reads it there. What an archive shows again after a `MessageRemoved` says so by `seen_again_at`.
    `sender` is the author: where a list has put its own address into From, the one that other headers name, and
    `posted_by` is From as it was. `author_kind` is `person`, `role` (an office, such as webmaster), `bot` or `list`;
    `handles` are accounts that the signature gives as the author's own. `protection` says `signed`, `encrypted`.
    `date` is the Date header, `archived_at` when the archive or the last hop says that it arrived; either can be
    missing or wrong.
    """

    DOMAIN: ClassVar[str] = "mailing"
    ENTITY: ClassVar[str] = "message"
    ACTION: ClassVar[str] = "archived"

    list_address: str
    key_id: str
    sha256: str
    message_id: str | None = None
    subject: str = ""
    sender: Address | None = None
    reply_to: tuple[Address, ...] = ()
    to: tuple[Address, ...] = ()
    cc: tuple[Address, ...] = ()
    date: datetime | None = None
    date_header: str | None = None
    archived_at: datetime | None = None
    in_reply_to: tuple[str, ...] = ()
    references: tuple[str, ...] = ()
    text: str = ""
    text_from_html: bool = False
    attachments: tuple[Attachment, ...] = ()
    defects: tuple[str, ...] = ()
    posted_by: Address | None = None
    author_kind: str = "person"
    handles: tuple[Handle, ...] = ()
    protection: tuple[str, ...] = ()
    archive: str | None = None
    source: str | None = None
    url: str | None = None
    seen_again_at: datetime | None = None
    visibility: str = "public"

    def event_key(self) -> str:
        return f"{self.list_address}\n{self.key_id}\n{self.sha256}"

    def event_version(self) -> str:
        # The text is most of the payload; escaping it a second time would cost more than everything else here.
        rest = self.__pydantic_serializer__.to_json(self, exclude_defaults=True, exclude={"archive", "text"})
        return digest(rest, self.text)

    def event_time(self) -> datetime:
        return self.archived_at or self.date or EPOCH


class MessageRemoved(Event):
    """`mailing.message.removed`: an archive no longer holds a message that it held; what others hold stays.

    `key_id` is that of `MessageArchived`; without `sha256`, every version that this `source` showed is meant. It holds
    whatever the order of events, until the archive shows the message again (`seen_again_at`) after `observed_at`.
    """

    DOMAIN: ClassVar[str] = "mailing"
    ENTITY: ClassVar[str] = "message"
    ACTION: ClassVar[str] = "removed"

    list_address: str
    key_id: str
    source: str
    sha256: str | None = None
    observed_at: datetime

    def event_key(self) -> str:
        return f"{self.list_address}\n{self.key_id}\n{self.source}"

    def event_time(self) -> datetime:
        return self.observed_at
