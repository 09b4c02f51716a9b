"""Who wrote a message, also where the list has put its own address into From.

Lists do so for domains whose DMARC policy would have the message refused: `Ann via Boost <boost@lists.boost.org>`. The
author's address is then in X-Original-From, Author (RFC 9057) or Reply-To, depending on the list's software, or in the
address itself (`ann=example.org@groups.io`).
"""

import re
import tomllib
from collections.abc import Collection, Iterable
from fnmatch import translate
from functools import cache, lru_cache
from importlib.resources import files
from typing import Final, NamedTuple

from bdc_mailing.source.addresses import Mailbox

PERSON: Final = "person"
LIST: Final = "list"
_KINDS: Final = (LIST, "bot", "role")

_VIA = re.compile(r"['\"]?(.+?)['\"]?\s+(?:\(via\s+[^()]+\)|via\s+\S.*)$", re.IGNORECASE)
_INSIDE = re.compile(r"([\w.+-]+)=([\w-]+(?:\.[\w-]+)+)@[\w.-]+$")


class Author(NamedTuple):
    """The author, From as it was where that named the list instead, and what kind of author it is."""

    mailbox: Mailbox | None
    posted_by: Mailbox | None = None
    kind: str = PERSON


def author_of(
    shown: Mailbox | None,
    *,
    original: Iterable[Mailbox] = (),
    reply_to: Iterable[Mailbox] = (),
    lists: Collection[str] = (),
) -> Author:
    """Return the author of a message whose From is `shown`.

    Args:
        shown: the first mailbox of From.
        original: those of the headers that keep From as it was sent.
        reply_to: those of Reply-To; lists put the author there, and sometimes themselves.
        lists: addresses of lists in lower case, as far as they are known.
    """
    if shown is None:
        return Author(None)
    via = _VIA.match(shown.name) if " via " in shown.name or "(via " in shown.name else None
    if via is None and shown.email.lower() not in lists:
        return Author(shown, kind=author_kind(shown))
    name = via[1].strip() if via else ""
    for box in (*original, *_inside(shown), *(reply_to if via else ())):
        address = box.email.lower()
        if "@" in address and address not in lists and address != shown.email.lower():
            author = Mailbox(_plain(box.name) or name, box.email)
            return Author(author, shown, author_kind(author))
    if name:
        return Author(Mailbox(name, ""), shown, author_kind(Mailbox(name, "")))
    return Author(shown, kind=LIST)


@lru_cache(maxsize=8192)
def author_kind(author: Mailbox) -> str:
    """Return `person`, or what the table of kinds says of an author's address or name."""
    for kind, (addresses, names) in _kinds().items():
        if addresses.match(author.email.lower()) or names.match(author.name.lower()):
            return kind
    return PERSON


@cache
def _kinds() -> dict[str, tuple[re.Pattern[str], re.Pattern[str]]]:
    table = tomllib.loads(files("bdc_mailing.source").joinpath("author_kinds.toml").read_text(encoding="utf-8"))
    return {kind: (_any_of(table[kind]["addresses"]), _any_of(table[kind]["names"])) for kind in _KINDS}


def _any_of(globs: list[str]) -> re.Pattern[str]:
    return re.compile("|".join(map(translate, globs)) if globs else r"(?!)")


def _inside(shown: Mailbox) -> tuple[Mailbox, ...]:
    found = _INSIDE.match(shown.email)
    return (Mailbox("", f"{found[1]}@{found[2]}"),) if found else ()


def _plain(name: str) -> str:
    via = _VIA.match(name)
    return via[1].strip() if via else name
