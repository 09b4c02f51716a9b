"""Profiles put together one link at a time, and nothing joins what a human or a contradiction holds apart.

Links are tried in the order in which they win: constraints from the newest to the oldest, then evidence as its owner
orders it. A link that would put together what is held apart by then is refused. So the groups follow from the sets of
constraints and of links alone.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from typing import Final, TypeAlias

from bdc_identity.constraints import Constraint, Ruling

Side: TypeAlias = tuple[int, bool]

# Within one decision, what is held apart goes before what is put together.
_WITHIN: Final = {ruling: rank for rank, ruling in enumerate((Ruling.APART, Ruling.PINNED, Ruling.TOGETHER))}


class Groups:
    """A union-find over the profiles `ids` that obeys `constraints`."""

    def __init__(self, ids: Iterable[str], constraints: Iterable[Constraint] = ()) -> None:
        self._parent = {id_: id_ for id_ in ids}
        self._sides: dict[str, set[Side]] = {}
        self._prohibitions = 0
        self._taken_out: set[str] = set()
        self._pinned: set[str] = set()
        self._decided: dict[str, Constraint] = {}
        for constraint in _in_order(constraints):
            self._apply(constraint)

    def join(self, one: str, other: str) -> bool:
        """Put two profiles together with all that are with them; tell whether they are, False if that is refused."""
        first, second = self.root(one), self.root(other)
        if first == second:
            return True
        if self.are_apart(first, second):
            return False
        kept, gone = (first, second) if first < second else (second, first)
        self._parent[gone] = kept
        if sides := self._sides.pop(gone, None):
            self._sides.setdefault(kept, set()).update(sides)
        return True

    def forbid(self, left: Collection[str], right: Collection[str]) -> None:
        """Hold every profile of one side apart from every one of the other, unless they are together already."""
        self._prohibitions += 1
        for ids, side in ((left, True), (right, False)):
            for id_ in ids:
                if id_ in self._parent:
                    self._sides.setdefault(self.root(id_), set()).add((self._prohibitions, side))

    def are_apart(self, one: str, other: str) -> bool:
        """Tell whether a constraint holds the two apart."""
        if not self._sides:
            return False
        held, against = self._sides.get(self.root(one)), self._sides.get(self.root(other))
        if not held or not against:
            return False
        return any((number, not side) in against for number, side in held)

    def preferred(self, ids: Iterable[str]) -> list[str]:
        """Return `ids` in the order in which a link tries them: those that somebody took out of a person come last."""
        return sorted(ids, key=lambda id_: (id_ in self._taken_out, id_))

    def is_pinned(self, id_: str) -> bool:
        """Tell whether a human fixed where this profile belongs: no evidence of it counts."""
        return id_ in self._pinned

    def constraint_of(self, id_: str) -> Constraint | None:
        """Return the newest constraint that put this profile together with another one."""
        return self._decided.get(id_)

    def root(self, id_: str) -> str:
        """Return the smallest profile of the group."""
        parent = self._parent
        while parent[id_] != id_:
            parent[id_] = parent[parent[id_]]  # halving keeps the paths short
            id_ = parent[id_]
        return id_

    def members(self) -> dict[str, list[str]]:
        """Return the groups by their smallest profile."""
        groups: dict[str, list[str]] = defaultdict(list)
        for id_ in self._parent:
            groups[self.root(id_)].append(id_)
        return groups

    def _apply(self, constraint: Constraint) -> None:
        match constraint.ruling:
            case Ruling.TOGETHER:
                free = (id_ for id_ in constraint.profiles if id_ in self._parent and id_ not in self._pinned)
                self._note(self._join_all(free), constraint)
            case Ruling.APART:
                self.forbid(constraint.profiles, constraint.others)
                self._taken_out |= constraint.profiles
            case Ruling.PINNED:
                for id_ in sorted(constraint.profiles):
                    self._pin(id_, constraint)

    def _join_all(self, ids: Iterable[str]) -> list[str]:
        heads: list[str] = []
        joined: set[str] = set()
        for id_ in self.preferred(ids):
            head = next((head for head in heads if self.join(head, id_)), None)
            if head is None:
                heads.append(id_)
            else:
                joined |= {head, id_}
        return sorted(joined)

    def _pin(self, id_: str, constraint: Constraint) -> None:
        if id_ not in self._parent or id_ in self._pinned:
            return
        anchors = (anchor for anchor in sorted(constraint.others - constraint.profiles) if anchor in self._parent)
        if any(self.join(anchor, id_) for anchor in anchors):
            self._pinned.add(id_)
            self._note([id_], constraint)

    def _note(self, ids: Iterable[str], constraint: Constraint) -> None:
        for id_ in ids:
            self._decided.setdefault(id_, constraint)


def _in_order(constraints: Iterable[Constraint]) -> Sequence[Constraint]:
    heard = [each for each in constraints if each.ruling in _WITHIN]
    heard.sort(key=lambda each: (_WITHIN[each.ruling], sorted(each.profiles)))
    return sorted(heard, key=lambda each: (each.at, each.id), reverse=True)
