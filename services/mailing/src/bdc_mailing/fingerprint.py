"""Tells copies of one message from different messages that share a Message-ID."""

from bdc_contracts import MessageArchived, normal_email
from bdc_contracts.ids import digest

from bdc_mailing.quoting import own_text


def message_key(event: MessageArchived) -> str:
    """Return the key of the message that `event` is a copy of, 32 hexadecimal digits.

    Lists and archives change headers, footers and line breaks of a copy, so its bytes say nothing. What must agree
    is the Message-ID, the sender's address and what the author wrote.
    """
    sender = normal_email(event.sender.email if event.sender else None)
    return digest(event.key_id, sender, "".join(own_text(event.text).split()))
