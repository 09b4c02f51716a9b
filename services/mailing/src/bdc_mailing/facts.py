"""A parsed message to the event that says so."""

from bdc_contracts import Address, Attachment, MessageArchived

from bdc_mailing.source.addresses import Mailbox
from bdc_mailing.source.parse import ParsedMessage

VISIBILITY = "public"


def message_archived(message: ParsedMessage, list_address: str, archive: str) -> MessageArchived:
    """Return the event; `archive` refers to the message's bytes in the raw archive."""
    return MessageArchived(
        list_address=list_address,
        key_id=message.key_id,
        sha256=message.sha256,
        message_id=message.message_id,
        subject=message.subject,
        sender=_address(message.sender) if message.sender else None,
        reply_to=tuple(map(_address, message.reply_to)),
        to=tuple(map(_address, message.to)),
        cc=tuple(map(_address, message.cc)),
        date=message.date,
        date_header=message.date_header,
        archived_at=message.archived_at,
        in_reply_to=message.in_reply_to,
        references=message.references,
        text=message.text,
        text_from_html=message.text_from_html,
        attachments=tuple(
            Attachment(name=file.name, content_type=file.content_type, size=file.size, sha256=file.sha256)
            for file in message.files
        ),
        defects=message.defects,
        archive=archive,
        visibility=VISIBILITY,
    )


def _address(box: Mailbox) -> Address:
    return Address(name=box.name, email=box.email)
