"""From mail maps (`.mailmap`) and lists of authors (`AUTHORS`) to facts: what a project itself says about who is who.

What joins by an address alone becomes a sighting with several addresses. An address that the map gives to several
people (it tells them apart by the names beside it) joins nobody: there the exact accounts are merged, by a decision
older than every human's.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final

from bdc_chassis.store.text import storable
from bdc_contracts import DecisionMade, Event, PersonSeen, address_account, normal_email
from bdc_contracts.event import EPOCH
from bdc_contracts.ids import digest

from bdc_identity.mail_maps import author_lines, mailmap_lines
from bdc_identity.sightings import profile_id

PLATFORM: Final = "mailmap"

_ADDRESS_PLATFORMS: Final = ("git", "mail")


@dataclass(frozen=True, slots=True)
class Entry:
    """A line: the proper name and address, and the name and address that stand for them; empty where it has none."""

    name: str
    email: str
    other_name: str = ""
    other_email: str = ""


def entries_of(data: bytes, *, authors: bool = False) -> tuple[Entry, ...]:
    """Return what a mail map, or a list of authors, says; bytes that are not UTF-8 are taken as Latin-1."""
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = data.decode("latin-1")
    found = _authors(text) if authors else _mapped(text)
    return tuple(entry for entry in found if entry.email)


def _mapped(text: str) -> Iterator[Entry]:
    for proper, seen in mailmap_lines(text):
        name = _words(proper.name or "")
        if proper.email is None:
            yield Entry(name, normal_email(seen.email))
        else:
            yield Entry(name, normal_email(proper.email), _words(seen.name or ""), normal_email(seen.email))


def _authors(text: str) -> Iterator[Entry]:
    for first, *others in author_lines(text):
        for other in others:
            yield Entry(_words(first.name or ""), normal_email(first.email), "", normal_email(other.email))


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
