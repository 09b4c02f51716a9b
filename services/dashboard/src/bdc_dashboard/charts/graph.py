"""A graph of accounts: the first in the first column, whoever is joined to it in the next, and so on."""

from collections import defaultdict, deque
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from bdc_dashboard.source.decisions import Graph, Link, ProfileRef

COLUMN: Final = 330.0
ROW: Final = 62.0
BOX: Final = (250.0, 44.0)
EDGE: Final = 12.0
MOST: Final = 60  # accounts; beyond it the drawing is a wall, and the list below serves better
LABEL: Final = 36  # characters


@dataclass(frozen=True, slots=True)
class Node:
    """An account as a box."""

    id: str
    x: float
    y: float
    title: str
    line: str
    platform: str


@dataclass(frozen=True, slots=True)
class Arc:
    """A line between two boxes; `number` is where the list explains it."""

    x1: float
    y1: float
    x2: float
    y2: float
    number: int
    title: str


@dataclass(frozen=True, slots=True)
class GraphChart:
    """Everything that is drawn, in user units."""

    width: float
    height: float
    box_width: float
    box_height: float
    nodes: tuple[Node, ...]
    arcs: tuple[Arc, ...]


def graph_chart(graph: Graph) -> GraphChart | None:
    """Lay a person's accounts out in columns; None where there are none, or too many to draw."""
    if not graph.profiles or len(graph.profiles) > MOST:
        return None
    columns = _columns([profile.id for profile in graph.profiles], graph.links)
    profiles = {profile.id: profile for profile in graph.profiles}
    nodes = {
        id_: _node(profiles[id_], EDGE + column * COLUMN, EDGE + row * ROW)
        for column, ids in enumerate(columns)
        for row, id_ in enumerate(ids)
    }
    arcs = tuple(
        _arc(nodes[link.left], nodes[link.right], number, link)
        for number, link in enumerate(graph.links, start=1)
        if link.left in nodes and link.right in nodes
    )
    width = 2 * EDGE + (len(columns) - 1) * COLUMN + BOX[0]
    height = 2 * EDGE + (max(map(len, columns)) - 1) * ROW + BOX[1]
    return GraphChart(width, height, *BOX, tuple(nodes.values()), arcs)


def _columns(ids: list[str], links: Iterable[Link]) -> list[list[str]]:
    """Return the accounts by their distance from the best connected one; those that nothing joins come last."""
    around: Mapping[str, list[str]] = defaultdict(list)
    for link in links:
        around[link.left].append(link.right)
        around[link.right].append(link.left)
    distance: dict[str, int] = {}
    for first in sorted(ids, key=lambda id_: (-len(around[id_]), id_)):
        if first in distance:
            continue
        distance[first] = 0
        waiting = deque([first])
        while waiting:
            here = waiting.popleft()
            for there in around[here]:
                if there not in distance:
                    distance[there] = distance[here] + 1
                    waiting.append(there)
    columns: list[list[str]] = [[] for _ in range(max(distance.values()) + 1)]
    for id_ in ids:
        columns[distance[id_]].append(id_)
    return columns


def _node(profile: ProfileRef, x: float, y: float) -> Node:
    line = profile.account if len(profile.account) <= LABEL else f"{profile.account[: LABEL - 1]}…"
    return Node(profile.id, x, y, profile.account, line, profile.platform)


def _arc(left: Node, right: Node, number: int, link: Link) -> Arc:
    first, second = sorted((left, right), key=lambda node: (node.x, node.y))
    width, height = BOX
    same = first.x == second.x
    x1, x2 = first.x + width, second.x + width if same else second.x
    return Arc(x1, first.y + height / 2, x2, second.y + height / 2, number, " ".join(link.reasons))
