"""A posting: one content of a message on one list, between its event and its row."""

import re
from dataclasses import dataclass
from typing import Any

from bdc_chassis.forgetting import FORGOTTEN
from bdc_chassis.store.text import storable
from bdc_contracts import Address, Attachment, Handle, MessageArchived, address_account
from bdc_contracts.event import EPOCH
from bdc_contracts.mailing import DECODED_BY_ARCHIVE
from pydantic import TypeAdapter
from sqlalchemy import RowMapping

from bdc_mailing.fingerprint import message_key
from bdc_mailing.patches import Patch, patch_of
from bdc_mailing.quoting import own_text
from bdc_mailing.threads import Node, ancestors, base_subject, subject_key
from bdc_mailing.times import occurred_at

_ADDRESSES = TypeAdapter(tuple[Address, ...])
_ATTACHMENTS = TypeAdapter(tuple[Attachment, ...])
_HANDLES = TypeAdapter(tuple[Handle, ...])
_ESCAPED_FROM = re.compile(r"^>+(?=From )", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Posting:
    """An event, its place in the stream of facts, and what follows from it alone."""

    event: MessageArchived
    sequence: int
    own: str
    message_key: str
    node_id: str
    ancestors: tuple[str, ...]
    subject_key: str | None
    is_reply: bool
    patch: Patch | None

    @classmethod
    def of(cls, event: MessageArchived, sequence: int) -> "Posting":
        """Return the posting of an event."""
        own = own_text(_ESCAPED_FROM.sub("", event.text) if ">From " in event.text else event.text)
        key = message_key(event)
        base, is_reply = base_subject(event.subject)
        return cls(
            event,
            sequence,
            own,
            key,
            key if event.message_id is None else storable(event.key_id),
            tuple(map(storable, ancestors(event))),
            subject_key(event.list_address, base),
            is_reply,
            patch_of(event.subject, event.text),
        )

    @property
    def is_orphan(self) -> bool:
        """Whether it answers something and does not say what."""
        return self.is_reply and not self.ancestors

    def node(self) -> Node:
        """Return what the message says about its own place in a thread."""
        return Node(known=True, opens=not self.is_reply, occurred_at=occurred_at(self.event))

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
            "node_id": self.node_id,
            "subject": event.subject,
            "subject_key": self.subject_key,
            "is_orphan": self.is_orphan,
            "sender_name": sender.name if sender else None,
            "sender_email": sender.email if sender else None,
            "account": address_account(sender.name, sender.email) if sender and sender.name != FORGOTTEN else None,
            "posted_by": event.posted_by and event.posted_by.model_dump(),
            "author_kind": event.author_kind,
            "handles": _HANDLES.dump_python(event.handles),
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
            "own_text": self.own,
            "text_from_html": event.text_from_html,
            "attachments": _ATTACHMENTS.dump_python(event.attachments),
            "defects": list(event.defects),
            "protection": list(event.protection),
            "standing": _standing(event),
            "visibility": event.visibility,
            "sequence": self.sequence,
            **self._patch_columns(),
        }

    def _patch_columns(self) -> dict[str, Any]:
        patch = self.patch
        stat = patch.stat if patch else None
        return {
            "patch_version": patch.version if patch else None,
            "patch_number": patch.number if patch else None,
            "patch_total": patch.total if patch else None,
            "patch_tags": list(patch.tags) if patch else None,
            "patch_files": stat.files if stat else None,
            "patch_added": stat.added if stat else None,
            "patch_removed": stat.removed if stat else None,
        }

    def sighting(self) -> dict[str, Any]:
        """Return where the posting was found."""
        event = self.event
        return {
            "list_address": event.list_address,
            "key_id": event.key_id,
            "sha256": event.sha256,
            "source": event.source or "",
            "url": event.url,
            "archive": event.archive,
            "seen_again_at": event.seen_again_at or EPOCH,
            "sequence": self.sequence,
        }


def _standing(event: MessageArchived) -> int:
    """Return how much a copy lost on its way, so that of several the best is shown: 0 is as it was sent."""
    unknown_author = event.sender is None or not event.sender.email or event.author_kind == "list"
    return (DECODED_BY_ARCHIVE in event.defects) + 2 * unknown_author


def event_of(row: RowMapping) -> MessageArchived:
    """Return the event that a row, joined with one of its sightings, was made of."""
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
        posted_by=row["posted_by"],
        author_kind=row["author_kind"],
        handles=row["handles"],
        protection=tuple(row["protection"]),
        archive=row["archive"],
        source=row["source"] or None,
        url=row["url"],
        seen_again_at=None if row["seen_again_at"] == EPOCH else row["seen_again_at"],
        visibility=row["visibility"],
    )
