"""Who a document says it is from, whatever else is wrong with it."""

import re
from collections.abc import Iterator
from typing import Any, Final

REVISIONS: Final = "revisions"
KINDS: Final = ("checkouts", "builds", "tests", "issues", "incidents", REVISIONS)
LONGEST_ORIGIN: Final = 100
MOST_NAMED: Final = 10

_ORIGIN: Final = re.compile(rf"[a-z0-9_]{{1,{LONGEST_ORIGIN}}}\Z")


def senders_of(document: Any) -> tuple[str, ...]:
    """Return the origins in a document, sorted; what has none by itself (version 2) has it before its id's colon."""
    return tuple(sorted(set(_origins(document))))


def owners_of(document: Any) -> tuple[str, ...]:
    """Return the origins in a document, and those that its objects' own ids begin with, sorted."""
    return tuple(sorted({*_origins(document), *_prefixes(document)}))


def named_senders(document: Any) -> tuple[str, ...]:
    """Return the first few origins of a document that may have any shape, for whoever has to tell its sender."""
    found: set[str] = set()
    for origin in _origins(document):
        found.add(origin)
        if len(found) == MOST_NAMED:
            break
    return tuple(sorted(found))


def _origins(document: Any) -> Iterator[str]:
    for _, item in _items(document):
        origin = item.get("origin", _prefix(item))
        if isinstance(origin, str) and _ORIGIN.match(origin):
            yield origin


def _prefixes(document: Any) -> Iterator[str]:
    """Yield what ids begin with; those of revisions, which version 3 still had, begin with no origin."""
    for kind, item in _items(document):
        prefix = _prefix(item)
        if kind != REVISIONS and prefix is not None and _ORIGIN.match(prefix):
            yield prefix


def _items(document: Any) -> Iterator[tuple[str, dict[str, Any]]]:
    for kind in KINDS if isinstance(document, dict) else ():
        items = document.get(kind)
        for item in items if isinstance(items, list) else ():
            if isinstance(item, dict):
                yield kind, item


def _prefix(item: dict[str, Any]) -> str | None:
    identity = item.get("id")
    return identity.partition(":")[0] if isinstance(identity, str) else None
