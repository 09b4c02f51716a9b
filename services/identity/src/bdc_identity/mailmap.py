"""Mail maps (`.mailmap`, and `AUTHORS` in the same form): what a project itself says about who is who.

A line gives somebody's proper name and address and, after them, a name and address that commits bear. What joins by an
address alone becomes a sighting with several addresses. An address that the map gives to several people (it tells them
apart by the names beside it) joins nobody: there the exact accounts are merged, by a decision older than every human's.
"""

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final

from bdc_chassis.store.text import storable
from bdc_contracts import DecisionMade, Event, PersonSeen, address_account, normal_email
from bdc_contracts.event import EPOCH
from bdc_contracts.ids import digest

from bdc_identity.sightings import profile_id

PLATFORM: Final = "mailmap"

_ADDRESS_PLATFORMS: Final = ("git", "mail")
_LINE: Final = re.compile(
    r"(?P<name>[^<>#]*)<(?P<email>[^<>\s]+)>(?:(?P<other>[^<>#]*)<(?P<address>[^<>\s]+)>)?\s*(?:#.*)?"
)


@dataclass(frozen=True, slots=True)
class Entry:
    """A line: the proper name and address, and the name and address that stand for them; empty where it has none."""

    name: str
    email: str
    other_name: str
    other_email: str


@dataclass(frozen=True, slots=True)
class MailMap:
    """The entries of a file, and the numbers of the lines that are none."""

    entries: tuple[Entry, ...]
    unreadable: tuple[int, ...]


def parse(data: bytes) -> MailMap:
    """Read a mail map; bytes that are not UTF-8 are taken as Latin-1."""
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = data.decode("latin-1")
    entries: list[Entry] = []
    unreadable: list[int] = []
    for number, line in enumerate(text.splitlines(), start=1):
        if not line.strip() or line.lstrip().startswith("#"):
            continue
        if match := _LINE.fullmatch(line.strip()):
            names = (_words(match["name"]), _words(match["other"] or ""))
            entries.append(Entry(names[0], normal_email(match["email"]), names[1], normal_email(match["address"])))
        else:
            unreadable.append(number)
    return MailMap(tuple(entries), tuple(unreadable))


def facts(entries: Iterable[Entry], origin: str) -> Iterator[Event]:
    """Yield the facts that a mail map from `origin` (a repository, say) comes to; the same map gives the same facts."""
    known = list(entries)
    owners: dict[str, set[str]] = defaultdict(set)
    for entry in known:
        owners[entry.email].add(entry.email)
        owners[entry.other_email].add(entry.email)
    for entry in known:
        yield _seen(entry.email, entry.name, entry.email, origin)
        if entry.other_email and len(owners[entry.other_email]) == 1:
            yield _seen(entry.email, entry.other_name or entry.name, entry.other_email, origin)
        elif entry.other_email and entry.other_name:
            yield _merged(entry, origin)


def _seen(account: str, name: str, email: str, origin: str) -> PersonSeen:
    return PersonSeen(
        domain="identity", platform=PLATFORM, account=account, context=origin, name=name or None, email=email
    )


def _merged(entry: Entry, origin: str) -> DecisionMade:
    account = address_account(entry.other_name, entry.other_email)
    return DecisionMade(
        decision_id=digest("mailmap", origin, entry.email, account),
        verb="merge",
        actor="import",
        decided_at=EPOCH,
        left=(profile_id(PLATFORM, entry.email),),
        right=tuple(sorted(profile_id(platform, account) for platform in _ADDRESS_PLATFORMS)),
        origin=origin,
    )


def _words(text: str) -> str:
    return " ".join(storable(text).split())
