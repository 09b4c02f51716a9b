"""A message as HyperKitty tells it, decoded and without its headers, to the record that parsed mail gives."""

import json
from collections.abc import Callable
from datetime import datetime
from hashlib import sha256
from typing import Any, Final

import orjson
from bdc_chassis.errors import ValidationFailed

from bdc_mailing.source.addresses import MAX_NAME_CHARS, Mailbox, mailboxes
from bdc_mailing.source.content import File
from bdc_mailing.source.dates import parse_date
from bdc_mailing.source.defects import Defect
from bdc_mailing.source.message_ids import normal_id
from bdc_mailing.source.origin import NAME
from bdc_mailing.source.parse import MAX_SUBJECT_CHARS, ParsedMessage
from bdc_mailing.source.protection import protection_of
from bdc_mailing.source.senders import PERSON, author_of
from bdc_mailing.source.signatures import signed_accounts

MAX_FILES: Final = 500

Resolve = Callable[[str], str | None]


def message_of(body: bytes, resolve: Resolve, list_address: str) -> ParsedMessage:
    """Return the message of a page; `resolve` gives the Message-ID of an earlier message by its hash, if it knows it.

    Raises:
        ValidationFailed: the page holds no message.
    """
    found = _object(body)
    defects = {Defect.DECODED_BY_ARCHIVE}
    name = _text(found.get("message_id_hash"), defects)
    message_id = normal_id(_text(found.get("message_id"), defects))
    if not name and message_id is None:
        raise ValidationFailed("a page of HyperKitty names no message")
    date = _date(found, defects)
    sender = _sender(found, defects)
    subject = " ".join(_text(found.get("subject"), defects).split())[:MAX_SUBJECT_CHARS]
    text = _text(found.get("content"), defects).replace("\r\n", "\n").rstrip()
    files = _files(found, defects)
    parent, thread = _name(found.get("parent"), name), _name(found.get("thread"), name)
    if message_id is None:
        defects.add(Defect.NO_MESSAGE_ID)
    described = [[file.name, file.content_type, file.size] for file in files]
    author = author_of(sender, lists=(list_address,))
    content = orjson.dumps([message_id or name, subject, sender and [*sender], date, text, described, parent, thread])
    earlier = {one: known for one in (thread, parent) if one and (known := resolve(one))}
    return ParsedMessage(
        key_id=message_id or NAME + name,
        sha256=sha256(content).hexdigest(),
        message_id=message_id,
        subject=subject,
        sender=author.mailbox,
        reply_to=(),
        to=(),
        cc=(),
        date=date,
        date_header=None,
        archived_at=None,
        in_reply_to=(earlier[parent],) if parent in earlier else (),
        references=tuple(earlier.values()),
        text=text,
        text_from_html=False,
        files=files,
        defects=tuple(sorted(defects)),
        posted_by=author.posted_by,
        author_kind=author.kind,
        handles=signed_accounts(text) if author.kind == PERSON else (),
        protection=protection_of([], text),
    )


def _object(body: bytes) -> dict[str, Any]:
    try:
        # The standard library takes half a surrogate pair, which mail has and orjson refuses.
        found = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise ValidationFailed(f"a page of HyperKitty is not JSON: {error}") from error
    if not isinstance(found, dict):
        raise ValidationFailed("a page of HyperKitty is not an object")
    return found


def _text(value: Any, defects: set[Defect]) -> str:
    if not isinstance(value, str):
        return ""
    if "\0" in value:
        defects.add(Defect.NUL_REMOVED)
        value = value.replace("\0", "")
    text: str = value.encode("utf-8", "replace").decode("utf-8")
    return text


def _date(found: dict[str, Any], defects: set[Defect]) -> datetime | None:
    value = _text(found.get("date"), defects)
    if not value:
        defects.add(Defect.NO_DATE)
        return None
    parsed = parse_date(value)
    if parsed.defect is not None:
        defects.add(parsed.defect)
    return parsed.moment


def _sender(found: dict[str, Any], defects: set[Defect]) -> Mailbox | None:
    """Return the author; HyperKitty writes `ann (a) example.org`."""
    sender = found.get("sender")
    sender = sender if isinstance(sender, dict) else {}
    address = _text(sender.get("address"), defects)
    name = " ".join((_text(found.get("sender_name"), defects) or _text(sender.get("name"), defects)).split())
    read = mailboxes([address.encode()], None, defects) if address else ()
    email = read[0].email if read else ""
    if not name and not email:
        defects.add(Defect.NO_SENDER)
        return None
    return Mailbox(name[:MAX_NAME_CHARS], email)


def _files(found: dict[str, Any], defects: set[Defect]) -> tuple[File, ...]:
    """Return the attachments; their bytes, and so their hashes, are not in the page."""
    given = found.get("attachments")
    listed = [each for each in given if isinstance(each, dict)] if isinstance(given, list) else []
    return tuple(
        File(
            _text(each.get("name"), defects) or None,
            _text(each.get("content_type"), defects) or "application/octet-stream",
            size if isinstance(size := each.get("size"), int) and size >= 0 else 0,
            "",
        )
        for each in listed[:MAX_FILES]
    )


def _name(url: Any, own: str) -> str | None:
    """Return the name of the message at an address of the server, None for the message itself."""
    name = url.rstrip("/").rpartition("/")[2] if isinstance(url, str) else ""
    return name if name and name != own else None
