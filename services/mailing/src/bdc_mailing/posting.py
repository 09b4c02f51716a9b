"""A posting: one copy of a message on one list, between its event and its row."""

from dataclasses import dataclass
from typing import Any

from bdc_contracts import Address, Attachment, MessageArchived, address_account
from pydantic import TypeAdapter
from sqlalchemy import RowMapping

from bdc_mailing.fingerprint import message_key
from bdc_mailing.times import occurred_at

_ADDRESSES = TypeAdapter(tuple[Address, ...])
_ATTACHMENTS = TypeAdapter(tuple[Attachment, ...])


@dataclass(frozen=True, slots=True)
class Posting:
    """An event, the key of the message it is a copy of, and its place in the stream of facts."""

    event: MessageArchived
    version: str
    sequence: int
    message_key: str

    @classmethod
    def of(cls, event: MessageArchived, version: str, sequence: int) -> "Posting":
        """Return the posting of an event; `version` is the event's id."""
        return cls(event, version, sequence, message_key(event))

    def row(self) -> dict[str, Any]:
        """Return the values of the table's columns."""
        event = self.event
        sender = event.sender
        return {
            "list_address": event.list_address,
            "key_id": event.key_id,
            "sha256": event.sha256,
            "message_key": self.message_key,
            "message_id": event.message_id,
            "thread_id": thread_id(event),
            "subject": event.subject,
            "sender_name": sender.name if sender else None,
            "sender_email": sender.email if sender else None,
            "account": address_account(sender.name, sender.email) if sender else None,
            "addresses": {
                "reply_to": _ADDRESSES.dump_python(event.reply_to),
                "to": _ADDRESSES.dump_python(event.to),
                "cc": _ADDRESSES.dump_python(event.cc),
            },
            "date": event.date,
            "date_header": event.date_header,
            "archived_at": event.archived_at,
            "occurred_at": occurred_at(event),
            "in_reply_to": list(event.in_reply_to),
            "reference_ids": list(event.references),
            "text": event.text,
            "text_from_html": event.text_from_html,
            "attachments": _ATTACHMENTS.dump_python(event.attachments),
            "defects": list(event.defects),
            "archive": event.archive,
            "visibility": event.visibility,
            "version": self.version,
            "sequence": self.sequence,
        }


def event_of(row: RowMapping) -> MessageArchived:
    """Return the event that a row was made of."""
    sender = None if row["sender_name"] is None else Address(name=row["sender_name"], email=row["sender_email"])
    return MessageArchived(
        list_address=row["list_address"],
        key_id=row["key_id"],
        sha256=row["sha256"],
        message_id=row["message_id"],
        subject=row["subject"],
        sender=sender,
        reply_to=row["addresses"]["reply_to"],
        to=row["addresses"]["to"],
        cc=row["addresses"]["cc"],
        date=row["date"],
        date_header=row["date_header"],
        archived_at=row["archived_at"],
        in_reply_to=tuple(row["in_reply_to"]),
        references=tuple(row["reference_ids"]),
        text=row["text"],
        text_from_html=row["text_from_html"],
        attachments=row["attachments"],
        defects=tuple(row["defects"]),
        archive=row["archive"],
        visibility=row["visibility"],
    )


def thread_id(event: MessageArchived) -> str:
    """Return the id of the message that began the thread: the first reference, whatever else is known."""
    return next(iter((*event.references, *event.in_reply_to)), event.key_id)
