"""What humans decided about who is who; it wins over all evidence, and the newest decision wins over older ones."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final

from bdc_identity.constraints import Constraint, Ruling

HUMAN: Final = "human"

_NOBODY: Final[frozenset[str]] = frozenset()
_DONE: Final = {"merge": "Merged", "split": "Split", "pin": "Pinned", "reject": "Kept apart"}


class Verb(StrEnum):
    """What a decision says; see `Decision` for what its two sides are."""

    MERGE = "merge"
    SPLIT = "split"
    PIN = "pin"
    REJECT = "reject"
    MARK = "mark"
    NAME = "name"
    UNDO = "undo"


class KindOfPerson(StrEnum):
    """What somebody is, the value of a `mark`."""

    PERSON = "person"
    BOT = "bot"
    ORGANISATION = "organisation"


@dataclass(frozen=True, slots=True)
class Decision:
    """One decision about profiles, which it names by their ids, as they were when it was made.

    `left` and `right` are of a `merge` and a `reject` the two people, of a `split` those taken out and those who stay,
    of a `pin` the profiles and the person to whom they belong; `mark` and `name` have a left side only. `value` is the
    kind of a mark or the text of a name. An `undo` has no sides: it names the decision that it takes back in `undoes`.
    `origin` is `human`, or the repository whose mail map it was imported from.
    """

    id: str
    verb: Verb
    decided_at: datetime
    actor: str
    left: frozenset[str] = frozenset()
    right: frozenset[str] = frozenset()
    value: str = ""
    note: str = ""
    origin: str = HUMAN
    undoes: str | None = None

    @property
    def order(self) -> tuple[datetime, str]:
        """What orders decisions: the greatest is the newest."""
        return self.decided_at, self.id

    @property
    def profiles(self) -> frozenset[str]:
        """All profiles that it names."""
        return self.left | self.right


_RULINGS: Final = {
    Verb.REJECT: Ruling.APART,
    Verb.PIN: Ruling.PINNED,
    Verb.NAME: Ruling.NAMED,
    Verb.MARK: Ruling.MARKED,
}


def newest_first(decisions: Iterable[Decision]) -> list[Decision]:
    """Return the decisions in the order in which they win."""
    return sorted(decisions, key=lambda decision: decision.order, reverse=True)


def in_force(decisions: Iterable[Decision]) -> frozenset[str]:
    """Return the ids of those that no undo in force takes back, whatever the order in which they come.

    An undo takes back what is older than itself, so two of them can not take back each other; undoing an undo brings
    the decision back.
    """
    active: set[str] = set()
    undone: set[str] = set()
    for decision in newest_first(decisions):
        if decision.id in undone:
            continue
        active.add(decision.id)
        if decision.verb is Verb.UNDO and decision.undoes is not None and decision.undoes not in active:
            undone.add(decision.undoes)
    return frozenset(active)


def constraints_of(decision: Decision) -> list[Constraint]:
    """Return what a decision in force demands of whoever resolves people."""
    left, right = decision.left, decision.right
    sides: list[tuple[Ruling, frozenset[str], frozenset[str]]]
    match decision.verb:
        case Verb.UNDO:
            sides = []
        case Verb.NAME if not decision.value:  # its text went with somebody who was forgotten
            sides = []
        case Verb.MERGE:
            sides = [(Ruling.TOGETHER, decision.profiles, _NOBODY)]
        case Verb.SPLIT:
            sides = [(Ruling.APART, left, right), (Ruling.TOGETHER, left, _NOBODY), (Ruling.TOGETHER, right, _NOBODY)]
        case verb:
            sides = [(_RULINGS[verb], left, right)]
    why = sentence(decision)
    return [
        Constraint(decision.id, ruling, profiles, decision.decided_at, why, others, decision.value)
        for ruling, profiles, others in sides
    ]


def sentence(decision: Decision) -> str:
    """Return what was decided, by whom, when and why, in one sentence."""
    done = _DONE.get(decision.verb, "Decided")
    if decision.origin != HUMAN:
        return f"{done} by the mail map of {decision.origin}."
    why = f": {decision.note.rstrip('.')}" if decision.note else ""
    return f"{done} by {decision.actor} on {decision.decided_at:%Y-%m-%d}{why}."
