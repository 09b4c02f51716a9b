"""A raw message to a plain record; every message gives one, whatever is wrong with it."""

import re
from datetime import datetime
from functools import lru_cache
from hashlib import sha256
from typing import NamedTuple

from bdc_mailing.source.addresses import Mailbox, mailboxes
from bdc_mailing.source.content import Content, File, content
from bdc_mailing.source.dates import parse_date
from bdc_mailing.source.defects import Defect
from bdc_mailing.source.encoded_words import header_text, raw_text
from bdc_mailing.source.headers import Headers, split_headers
from bdc_mailing.source.message_ids import content_id, id_list, normal_id
from bdc_mailing.source.mime import Leaf, leaves
from bdc_mailing.source.protection import protection_of
from bdc_mailing.source.raw import RawMessage, canonical
from bdc_mailing.source.senders import PERSON, Author, author_of
from bdc_mailing.source.signatures import Account, signed_accounts

MAX_SUBJECT_CHARS = 2000
_MAILTO = re.compile(rb"mailto:([^\s<>?,]+)", re.IGNORECASE)
_LIST_ID = re.compile(rb"<([^\s<>.]+\.[^\s<>]+)>")


class ParsedMessage(NamedTuple):
    """A message, decoded, with the fields of `bdc_contracts.MessageArchived`; `defects` is what had to be forgiven."""

    key_id: str
    sha256: str
    message_id: str | None
    subject: str
    sender: Mailbox | None
    reply_to: tuple[Mailbox, ...]
    to: tuple[Mailbox, ...]
    cc: tuple[Mailbox, ...]
    date: datetime | None
    date_header: str | None
    archived_at: datetime | None
    in_reply_to: tuple[str, ...]
    references: tuple[str, ...]
    text: str
    text_from_html: bool
    files: tuple[File, ...]
    defects: tuple[str, ...]
    posted_by: Mailbox | None = None
    author_kind: str = PERSON
    handles: tuple[Account, ...] = ()
    protection: tuple[str, ...] = ()


def parse(raw: RawMessage) -> ParsedMessage:
    """Parse a message; never raises, on any bytes."""
    defects: set[Defect] = {Defect.TRUNCATED} if raw.truncated else set()
    data = canonical(raw.data)
    headers, body = split_headers(data, defects)
    if not headers.fields:
        defects.add(Defect.NO_HEADER)
    parts = leaves(headers, body, defects)
    hint = _charset_hint(parts)
    digest = sha256(data).hexdigest()
    message_id = _message_id(headers, defects)
    reply_to = mailboxes(headers.all(b"reply-to"), hint, defects)
    author = _author(headers, reply_to, hint, defects)
    date, date_header = _date(headers, defects)
    if author.mailbox is None:
        defects.add(Defect.NO_SENDER)
    found: Content = content(parts, defects)
    return ParsedMessage(
        key_id=message_id or content_id(digest),
        sha256=digest,
        message_id=message_id,
        subject=header_text(headers.first(b"subject") or b"", hint, defects)[:MAX_SUBJECT_CHARS],
        sender=author.mailbox,
        reply_to=reply_to,
        to=mailboxes(headers.all(b"to"), hint, defects),
        cc=mailboxes(headers.all(b"cc"), hint, defects),
        date=date,
        date_header=date_header,
        archived_at=raw.archived_at or _received(headers),
        in_reply_to=id_list(_texts(headers, b"in-reply-to", defects)),
        references=id_list(_texts(headers, b"references", defects)),
        text=found.text,
        text_from_html=found.from_html,
        files=found.files,
        defects=tuple(sorted(defects)),
        posted_by=author.posted_by,
        author_kind=author.kind,
        handles=signed_accounts(found.text) if author.kind == PERSON else (),
        protection=protection_of(parts, found.text),
    )


def _author(headers: Headers, reply_to: tuple[Mailbox, ...], hint: str | None, defects: set[Defect]) -> Author:
    shown = next(iter(mailboxes(headers.all(b"from") or headers.all(b"sender"), hint, defects)), None)
    original = headers.all(b"x-original-from") + headers.all(b"author")
    return author_of(
        shown,
        original=mailboxes(original, hint, defects) if original else (),
        reply_to=reply_to,
        lists=_lists(headers.first(b"list-post"), headers.first(b"list-id")),
    )


@lru_cache(maxsize=512)
def _lists(post: bytes | None, identity: bytes | None) -> tuple[str, ...]:
    """Return the addresses of the list that the headers name; `<boost.lists.boost.org>` is that of the list boost."""
    found = [each.decode("ascii", "replace").lower() for each in _MAILTO.findall(post or b"")]
    named = _LIST_ID.search(identity or b"")
    if named:
        found.append(named[1].decode("ascii", "replace").lower().replace(".", "@", 1))
    return tuple(found)


def _charset_hint(parts: list[Leaf]) -> str | None:
    return next((charset for part in parts if (charset := part.kind.parameters.get("charset"))), None)


def _texts(headers: Headers, name: bytes, defects: set[Defect]) -> list[str]:
    return [raw_text(value, None, defects) for value in headers.all(name)]


def _message_id(headers: Headers, defects: set[Defect]) -> str | None:
    for text in _texts(headers, b"message-id", defects):
        found = normal_id(text)
        if found is not None:
            if found.startswith("sha256:"):
                defects.add(Defect.LONG_ID)
            return found
    defects.add(Defect.NO_MESSAGE_ID)
    return None


def _date(headers: Headers, defects: set[Defect]) -> tuple[datetime | None, str | None]:
    value = headers.first(b"date")
    if value is None:
        defects.add(Defect.NO_DATE)
        return None, None
    text = header_text(value, None, defects)
    parsed = parse_date(text)
    if parsed.defect is not None:
        defects.add(parsed.defect)
    return parsed.moment, text[:200]


def _received(headers: Headers) -> datetime | None:
    """Return when the last hop took the message: after the last semicolon of the topmost Received."""
    for value in headers.all(b"received"):
        _, semicolon, stamp = value.rpartition(b";")
        moment = parse_date(stamp.decode("ascii", "replace")).moment if semicolon else None
        if moment is not None:
            return moment
    return None
