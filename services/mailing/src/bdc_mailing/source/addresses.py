"""Mailboxes of From, To and their kin, as people and gateways write them."""

import re
from functools import lru_cache
from typing import NamedTuple

from bdc_mailing.source.defects import Defect
from bdc_mailing.source.encoded_words import decode_words, raw_text

MAX_ADDRESSES = 500
_MAX_REMEMBERED_BYTES = 200
_MASKED = re.compile(r"^([\w.+=-]+) (?:at|\(at\)|\[at\]|\(a\)) ([\w.-]+\.\w+)(?=$|[\s>(])", re.IGNORECASE)
_SPECIAL = re.compile(r"[\"();:\\]")
_PIECE = re.compile(r"(?:[^\",;:(<]+|\"(?:[^\"\\]|\\.)*\"?|\([^)]*\)?|<[^>]*>?)+", re.DOTALL)
_USUAL = re.compile(r"\s*(?:\"?([\w .'+-]*)\"?\s*<([\w.+=%-]+@[\w.-]+)>|([\w.+=%-]+@[\w.-]+))\s*(?:,|$)")
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
        read = _remembered if len(value) <= _MAX_REMEMBERED_BYTES else _value
        boxes, forgiven = read(value, hint)
        found += boxes
        defects.update(forgiven)
    return found[:MAX_ADDRESSES]


def _value(value: bytes, hint: str | None) -> tuple[tuple[Mailbox, ...], frozenset[Defect]]:
    defects: set[Defect] = set()
    text = raw_text(value, hint, defects)
    usual = _usual(text)
    if usual is not None:
        return tuple(usual), frozenset(defects)
    if "@" not in text and "=?" in text:
        text = decode_words(text, defects)
    boxes = [_mailbox(piece, defects) for piece in _split(text)]
    return tuple(box for box in boxes if box.name or box.email), frozenset(defects)


# The same people write to the same list all the time.
_remembered = lru_cache(maxsize=8192)(_value)


def _usual(text: str) -> list[Mailbox] | None:
    """Return the mailboxes of a list without quotes, comments, groups and encoded words; None for any other."""
    found: list[Mailbox] = []
    end = 0
    for match in _USUAL.finditer(text):
        if match.start() != end:
            return None
        end = match.end()
        name, email, bare = match.groups()
        found.append(Mailbox("", bare) if bare else Mailbox(" ".join(name.split()), email))
    return found if end == len(text) and not text.endswith(",") else None


def _split(text: str) -> list[str]:
    """Split a list at the commas outside quotes, comments and angle brackets; a group gives its members."""
    if "," not in text and ";" not in text:
        return [text]
    if _SPECIAL.search(text) is None:
        return text.split(",")
    return [piece[0] for piece in _PIECE.finditer(text) if text[piece.end() : piece.end() + 1] != ":"]


def _mailbox(text: str, defects: set[Defect]) -> Mailbox:
    text = text.strip()
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
