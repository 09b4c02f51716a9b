"""A thread as a tree: which message answers which, with those that are missing."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

MAX_SHOWN: Final = 5000

_NEVER: Final = datetime.max.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Branch:
    """A message of a thread: its node, the nodes above as it names them, and, if it names none, its subject."""

    key: str
    node_id: str
    ancestors: tuple[str, ...]
    occurred_at: datetime | None
    subject_key: str | None = None
    is_orphan: bool = False


@dataclass(frozen=True, slots=True)
class Place:
    """A line of the tree, in the order of reading; `keys` are the messages with this id, none where it is missing."""

    node_id: str
    parent: str | None
    depth: int
    keys: tuple[str, ...]


def tree(branches: Sequence[Branch]) -> list[Place]:
    """Return the tree, depth first, answers by time; the order of `branches` changes nothing."""
    ordered = sorted(branches, key=lambda branch: (branch.occurred_at or _NEVER, branch.key))
    keys: dict[str, list[str]] = {}
    for branch in ordered:
        keys.setdefault(branch.node_id, []).append(branch.key)
    parents = _parents(ordered)
    ages = _ages(ordered, parents)
    _cut_cycles(parents, ages)
    answers: dict[str | None, list[str]] = {}
    for node in sorted(parents, key=ages.__getitem__, reverse=True):
        answers.setdefault(parents[node], []).append(node)
    found: list[Place] = []
    waiting = [(node, 0) for node in answers.get(None, ())]
    while waiting:
        node, depth = waiting.pop()
        found.append(Place(node, parents[node], depth, tuple(keys.get(node, ()))))
        waiting += [(child, depth + 1) for child in answers.get(node, ())]
    return found


def _parents(ordered: Sequence[Branch]) -> dict[str, str | None]:
    """Return the parent of every node that is here, or that a message here answers directly.

    Where a parent is missing, the first message that knows what it answered is believed.
    """
    parents: dict[str, str | None] = {}
    first_of: dict[str, str] = {}
    for branch in ordered:
        first = first_of.setdefault(branch.subject_key or "", branch.node_id) if branch.subject_key else None
        above = branch.ancestors[-1] if branch.ancestors else first if branch.is_orphan else None
        if above != branch.node_id:
            parents[branch.node_id] = parents.get(branch.node_id) or above
        parents.setdefault(branch.node_id, None)
    here = set(parents)
    missing = {above for above in parents.values() if above is not None} - here
    parents |= dict.fromkeys(sorted(missing))
    for branch in ordered:
        nearest = None
        for node in branch.ancestors:
            if node in missing and parents[node] is None and nearest != node:
                parents[node] = nearest
            if node in parents:
                nearest = node
    return parents


def _ages(ordered: Sequence[Branch], parents: dict[str, str | None]) -> dict[str, tuple[datetime, str]]:
    """Return what nodes are ordered by; one that is missing stands where its first answer does."""
    ages: dict[str, tuple[datetime, str]] = {}
    for branch in ordered:
        ages.setdefault(branch.node_id, (branch.occurred_at or _NEVER, branch.node_id))
    for branch in ordered:
        above = parents[branch.node_id]
        if above is not None:
            ages.setdefault(above, (branch.occurred_at or _NEVER, above))
    return ages


def _cut_cycles(parents: dict[str, str | None], ages: dict[str, tuple[datetime, str]]) -> None:
    """Make the first of those that answer each other the beginning."""
    finished: set[str] = set()
    for start in sorted(parents, key=ages.__getitem__):
        path: dict[str, None] = {}
        node: str | None = start
        while node is not None and node not in finished and node not in path:
            path[node] = None
            node = parents[node]
        if node is not None and node in path:
            names = list(path)
            parents[min(names[names.index(node) :], key=ages.__getitem__)] = None
        finished.update(path)
