"""Which messages belong together, as a function of the set of messages: their order of arrival changes nothing.

The nodes are Message-IDs, of messages that are here and of those that others only refer to. A message's references are
a chain, each the parent of the next and the last its own; a reply that refers to nothing is joined with what has its
subject, on the same list and not long before. A thread is what hangs together by these links. They are never taken
back, so a message that arrives late can join threads but never splits one.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Final

from bdc_contracts import MessageArchived
from bdc_contracts.ids import digest

SUBJECT_WINDOW: Final = timedelta(days=30)
"""How long after a message an answer that names no parent is still taken for one to it."""

_LABELS = re.compile(r"\s*\[[^\]\n]{1,60}\]\s*")
_REPLY = re.compile(
    r"\s*(?:re|aw|antw|antwort|sv|vs|vb|rif|r|odp|ynt|res|ref|tr|\u043e\u0442|\u0430\u043d|\u56de\u590d|\u56de\u8986|"
    r"\u7b54\u590d|\u8fd4\u4fe1)(?:\s*(?:\[\d+\]|\(\d+\)|\^\d+|\*\d+))?\s*[:\uff1a]",
    re.IGNORECASE,
)
_WAS = re.compile(r"\s*\((?:was|formerly)[: ].*\)\s*$", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Node:
    """What a set of messages says about one Message-ID; more messages only ever add to it.

    `preceded`: some message names a parent for it. `known`: the message is here. `opens`: it does not look like a
    reply. `occurred_at` is the earliest that is known.
    """

    preceded: bool = False
    known: bool = False
    opens: bool = False
    occurred_at: datetime | None = None

    def joined(self, other: "Node") -> "Node":
        """Return what both say together."""
        moments = [moment for moment in (self.occurred_at, other.occurred_at) if moment is not None]
        return Node(
            self.preceded or other.preceded,
            self.known or other.known,
            self.opens or other.opens,
            min(moments, default=None),
        )


NOTHING: Final = Node()
_PRECEDED: Final = Node(preceded=True)
_NEVER: Final = datetime.max.replace(tzinfo=UTC)


def ancestors(event: MessageArchived) -> tuple[str, ...]:
    """Return the ids that a message names as its ancestors, the nearest last: References, else In-Reply-To."""
    return event.references or event.in_reply_to[:1]


def base_subject(subject: str) -> tuple[str, bool]:
    """Return the subject without reply marks, labels and case, and whether it had a reply mark."""
    text, is_reply = subject, False
    while True:
        label = _LABELS.match(text)
        mark = _REPLY.match(text)
        if mark is not None:
            is_reply = True
        if (cut := mark or label) is None:
            break
        text = text[cut.end() :]
    return " ".join(_WAS.sub("", text).lower().split()), is_reply


def subject_key(list_address: str, base: str) -> str | None:
    """Return what messages of one list and subject share, None for a subject that says nothing."""
    return digest(list_address, base) if any(character.isalnum() for character in base) else None


def nodes_of(
    messages: Iterable[tuple[str, tuple[str, ...], Node]],
) -> tuple[dict[str, Node], list[tuple[str, str]]]:
    """Return the nodes that messages (id, ancestors, own node) speak of, and the links between them."""
    nodes: dict[str, Node] = {}
    links: list[tuple[str, str]] = []
    for identity, above, own in messages:
        chain = [*(one for one in above if one != identity), identity]
        for parent, child in pairwise(chain):
            links.append((parent, child))
            nodes[child] = nodes.get(child, NOTHING).joined(_PRECEDED)
        nodes.setdefault(chain[0], NOTHING)
        nodes[identity] = nodes[identity].joined(own)
    return nodes, links


def rank(identity: str, node: Node) -> tuple[bool, bool, datetime, str]:
    """Return what the first of a thread, which gives it its name, has the least of."""
    return node.preceded, node.known and not node.opens, node.occurred_at or _NEVER, identity


def grouped(ids: Iterable[str], links: Iterable[tuple[str, str]]) -> list[list[str]]:
    """Return the ids that hang together by the links (union-find)."""
    above = {identity: identity for identity in ids}

    def root(name: str) -> str:
        while above[name] != name:
            above[name] = name = above[above[name]]
        return name

    for left, right in links:
        above[root(left)] = root(right)
    found: dict[str, list[str]] = {}
    for identity in above:
        found.setdefault(root(identity), []).append(identity)
    return list(found.values())
