"""What human decisions demand, as the constraints that resolving people obeys."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class Ruling(StrEnum):
    """What a constraint says of its profiles.

    `TOGETHER`: they are one person. `APART`: none of them is the person of any of the others. `PINNED`: each of them
    belongs to the person of the others, and no automatic evidence of it counts. `NAMED` and `MARKED` say nothing about
    who belongs together: `value` is the name to show for the person of these profiles, or what kind they are.
    """

    TOGETHER = "together"
    APART = "apart"
    PINNED = "pinned"
    NAMED = "named"
    MARKED = "marked"


@dataclass(frozen=True, slots=True)
class Constraint:
    """A demand about profiles, by their ids; ids of profiles that do not exist say nothing.

    One decision of a human can give several (a split keeps apart, and keeps together what was split off); they share
    its `id` and `at`, and the apart goes before the together. Of two decisions that contradict each other the newer one
    wins, by `at` and then by `id`. `reason` is the sentence shown to explain what follows from it. `others` only serves
    `APART` and `PINNED`, `value` only `NAMED` and `MARKED`.
    """

    id: str
    ruling: Ruling
    profiles: frozenset[str]
    at: datetime
    reason: str
    others: frozenset[str] = frozenset()
    value: str = ""


def decreed(members: Collection[str], constraints: Iterable[Constraint], ruling: Ruling) -> str | None:
    """Return the value of the newest `NAMED` or `MARKED` about any of `members`; None where there is none."""
    about = [each for each in constraints if each.ruling is ruling and not each.profiles.isdisjoint(members)]
    return max(about, key=lambda each: (each.at, each.id)).value if about else None
