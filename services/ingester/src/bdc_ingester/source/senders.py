"""Who a document says it is from, whatever else is wrong with it."""

import re
from collections.abc import Iterator
from typing import Any, Final

KINDS: Final = ("checkouts", "builds", "tests", "issues", "incidents", "revisions")
LONGEST_ORIGIN: Final = 100
MOST_NAMED: Final = 10

_ORIGIN: Final = re.compile(rf"[a-z0-9_]{{1,{LONGEST_ORIGIN}}}\Z")


def senders_of(document: Any) -> tuple[str, ...]:
    """Return the origins in a document, sorted; what has none by itself (version 2) has it before its id's colon."""
    return tuple(sorted(set(_origins(document))))


def named_senders(document: Any) -> tuple[str, ...]:
    """Return the first few origins of a document that may have any shape, for whoever has to tell its sender."""
    found: set[str] = set()
    for origin in _origins(document):
        found.add(origin)
        if len(found) == MOST_NAMED:
            break
    return tuple(sorted(found))


def _origins(document: Any) -> Iterator[str]:
    if not isinstance(document, dict):
        return
    for kind in KINDS:
        items = document.get(kind)
        for item in items if isinstance(items, list) else ():
            origin = item.get("origin", _prefix(item)) if isinstance(item, dict) else None
            if isinstance(origin, str) and _ORIGIN.match(origin):
                yield origin


def _prefix(item: dict[str, Any]) -> str | None:
    identity = item.get("id")
    return identity.partition(":")[0] if isinstance(identity, str) else None
