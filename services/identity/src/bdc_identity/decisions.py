"""What humans have decided about who is who, as the constraints that resolving people obeys."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class Ruling(StrEnum):
    """What a decision says of its profiles.

    `TOGETHER`: they are one person. `APART`: none of them is the person of any of the others. `PINNED`: they are one
    person, and no automatic evidence joins that person with anybody else.
    """

    TOGETHER = "together"
    APART = "apart"
    PINNED = "pinned"


@dataclass(frozen=True, slots=True)
class Decision:
    """An active decision about profiles, by their ids; ids of profiles that do not exist say nothing.

    One act of a human can give several (a split keeps apart, and keeps together what was split off). Of two that
    contradict each other the newer one wins, by `at` and then by `id`. `reason` is the sentence shown to explain what
    follows from it. `others` only serves `APART`.
    """

    id: str
    ruling: Ruling
    profiles: frozenset[str]
    at: datetime
    reason: str
    others: frozenset[str] = frozenset()
