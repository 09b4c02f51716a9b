"""Mailboxes of From, To and their kin, as people and gateways write them."""

import re
from functools import lru_cache
from typing import NamedTuple

from bdc_mailing.source.defects import Defect
from bdc_mailing.source.encoded_words import decode_words, raw_text

MAX_ADDRESSES = 500
MAX_NAME_CHARS = 250
"""What is longer is no name, and would fit no index."""
MAX_EMAIL_CHARS = 254
"""Of RFC 5321."""
_MAX_REMEMBERED = 200
_MASKED = re.compile(
    r"^([\w.+=-]{1,100}?)(?: at | ?\(at\) ?| ?\[at\] ?| ?\(a\) ?|_at_)([\w.-]{1,253}\.\w{1,63})(?=$|[\s>(])",
    re.IGNORECASE,
)
_SPECIAL = re.compile(r"[\"();:\\]")
_PIECE = re.compile(r"(?:[^\",;:(<]+|\"(?:[^\"\\]|\\.)*\"?|\([^)]*\)?|<[^>]*>?)+", re.DOTALL)
_USUAL = re.compile(r"\s*(?:\"?([\w .'+-]*)\"?\s*<([\w.+=%-]+@[\w.-]+)>|([\w.+=%-]+@[\w.-]+))\s*")
_NAME_LAST = re.compile(r"([^\s()]+)\s*\((.*)\)\s*", re.DOTALL)
_SPACE = re.compile(r"\s+")


class Mailbox(NamedTuple):
    """A name and an address, either possibly empty; the address keeps its case."""

    name: str
    email: str


def mailboxes(values: list[bytes], hint: str | None, defects: set[Defect]) -> tuple[Mailbox, ...]:
    """Return the mailboxes of all values of a field, at most `MAX_ADDRESSES`; never raises."""
    found: tuple[Mailbox, ...] = ()
    for value in values:
        boxes, forgiven = _remembered(value, hint) if len(value) <= _MAX_REMEMBERED else _value(value, hint)
        found += boxes
        defects |= forgiven
        if len(found) >= MAX_ADDRESSES:
            break
    return found[:MAX_ADDRESSES]


def _value(value: bytes, hint: str | None) -> tuple[tuple[Mailbox, ...], frozenset[Defect]]:
    defects: set[Defect] = set()
    text = raw_text(value, hint, defects)
    usual = _usual(text)
    if usual is not None:
        return usual, frozenset(defects)
    if "@" not in text and "=?" in text:
        text = decode_words(text, defects)
    boxes = []
    for piece in _split(text):
        box, forgiven = _one(piece) if len(piece) <= _MAX_REMEMBERED else _long(piece)
        defects |= forgiven
        if box.name or box.email:
            boxes.append(box)
    return tuple(boxes), frozenset(defects)


def _usual(text: str) -> tuple[Mailbox, ...] | None:
    """Return the mailboxes of a list without quotes, comments, groups and encoded words; None for any other."""
    found = []
    for piece in text.split(","):
        box = _usual_one(piece) if len(piece) <= _MAX_REMEMBERED else None
        if box is None:
            return None
        found.append(box)
    return tuple(found)


def _usual_mailbox(text: str) -> Mailbox | None:
    found = _USUAL.fullmatch(text)
    if found is None:
        return None
    name, email, bare = found.groups()
    return Mailbox("", bare) if bare else Mailbox(" ".join(name.split()), email)


def _split(text: str) -> list[str]:
    """Split a list at the commas outside quotes, comments and angle brackets; a group gives its members."""
    if "," not in text and ";" not in text:
        return [text]
    if _SPECIAL.search(text) is None:
        return text.split(",")
    return [piece[0] for piece in _PIECE.finditer(text) if text[piece.end() : piece.end() + 1] != ":"]


def _mailbox(text: str) -> tuple[Mailbox, frozenset[Defect]]:
    defects: set[Defect] = set()
    return _read(text.strip(), defects), frozenset(defects)


def _long(text: str) -> tuple[Mailbox, frozenset[Defect]]:
    box, defects = _mailbox(text)
    return Mailbox(box.name[:MAX_NAME_CHARS], box.email[:MAX_EMAIL_CHARS]), defects


# The same people write to the same list all the time, in ever other company.
_remembered = lru_cache(maxsize=4096)(_value)
_usual_one = lru_cache(maxsize=8192)(_usual_mailbox)
_one = lru_cache(maxsize=8192)(_mailbox)


def _read(text: str, defects: set[Defect]) -> Mailbox:
    if not text:
        return Mailbox("", "")
    masked = _MASKED.match(text)
    if masked:
        text = f"{masked[1]}@{masked[2]}{text[masked.end() :]}"
    if "<" in text:
        name, _, route = text.rpartition("<")
        return Mailbox(_name(name, defects), _email(route.partition(">")[0]))
    found = _NAME_LAST.fullmatch(text)
    if found and "@" in found[1]:
        return Mailbox(_name(found[2], defects), _email(found[1]))
    if "@" in text and " " not in text:
        return Mailbox("", _email(text))
    words = text.split()
    addresses = [word for word in words if "@" in word]
    if len(addresses) == 1:
        words.remove(addresses[0])
        return Mailbox(_name(" ".join(words), defects), _email(addresses[0]))
    return Mailbox(_name(text, defects), "")


def _name(text: str, defects: set[Defect]) -> str:
    text = text.strip()
    if '"' in text or "\\" in text:
        text = re.sub(r'\\(.)|"', r"\1", text)
    text = _SPACE.sub(" ", decode_words(text, defects)).strip()
    return text[1:-1].strip() if len(text) > 1 and text[0] == text[-1] and text[0] in "'\"" else text


def _email(text: str) -> str:
    text = text.strip().strip('"').strip()
    masked = _MASKED.match(text)
    if masked:
        text = f"{masked[1]}@{masked[2]}"
    return _SPACE.sub("", text).removeprefix("mailto:")
