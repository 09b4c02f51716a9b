"""A parsed message through the model: the slow way, to which the fast one is held."""

from dataclasses import asdict
from datetime import datetime

from bdc_contracts import MessageArchived
from bdc_mailing.source.addresses import Mailbox
from bdc_mailing.source.origin import Origin
from bdc_mailing.source.parse import ParsedMessage

VISIBILITY = "public"


def message_archived(
    message: ParsedMessage,
    list_address: str,
    archive: str,
    origin: Origin,
    seen_again_at: datetime | None = None,
) -> MessageArchived:
    """Return the event; `archive` refers to the message's bytes in the raw archive."""
    return MessageArchived.model_validate(
        {
            "list_address": list_address,
            "key_id": message.key_id,
            "sha256": message.sha256,
            "message_id": message.message_id,
            "subject": message.subject,
            "sender": message.sender and message.sender._asdict(),
            "reply_to": _addresses(message.reply_to),
            "to": _addresses(message.to),
            "cc": _addresses(message.cc),
            "date": message.date,
            "date_header": message.date_header,
            "archived_at": message.archived_at,
            "in_reply_to": message.in_reply_to,
            "references": message.references,
            "text": message.text,
            "text_from_html": message.text_from_html,
            "attachments": tuple(map(asdict, message.files)),
            "defects": message.defects,
            "posted_by": message.posted_by and message.posted_by._asdict(),
            "author_kind": message.author_kind,
            "handles": tuple([account._asdict() for account in message.handles]),
            "protection": message.protection,
            "archive": archive,
            "source": origin.label,
            "url": origin.url(message.key_id),
            "seen_again_at": seen_again_at,
            "visibility": VISIBILITY,
        }
    )


def _addresses(boxes: tuple[Mailbox, ...]) -> tuple[dict[str, str], ...]:
    # One validation of the whole event is a third of the cost of one per address.
    return tuple([{"name": name, "email": email} for name, email in boxes])
