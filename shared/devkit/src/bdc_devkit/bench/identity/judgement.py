"""What was found, against what is true: pairs of rows of one person."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from itertools import combinations
from typing import Any, Final, NamedTuple

REVIEWED: Final = 100  # candidates that a human decides, the first of the queue


class Judged(NamedTuple):
    """A row and whose it is; None where nobody has said so, and then it is not judged."""

    name: str
    email: str
    person: object | None


def judge(rows: Sequence[Judged], found: Any) -> dict[str, float]:
    """Return precision, recall and F1 over pairs, as resolved and after the first candidates are decided rightly."""
    precision, recall, f1 = _quality(rows, found.person_of)
    reviewed = _quality(rows, _after_review(rows, found))
    return {
        "precision": round(precision, 4),
        "recall": round(recall, 4),
        "f1": round(f1, 4),
        f"precision_after_{REVIEWED}": round(reviewed[0], 4),
        f"f1_after_{REVIEWED}": round(reviewed[2], 4),
    }


def wrong_pairs(rows: Sequence[Judged], found: Any) -> Iterator[tuple[str, ...]]:
    """Yield every pair that was joined wrongly, and every one that was not joined though it should have been."""
    for error, mine, theirs in (
        ("joined wrongly", found.person_of, [row.person for row in rows]),
        ("not joined", [row.person for row in rows], found.person_of),
    ):
        groups: dict[object, list[int]] = defaultdict(list)
        for number, row in enumerate(rows):
            if row.person is not None:
                groups[mine[number]].append(number)
        for group in groups.values():
            for left, right in combinations(group, 2):
                if theirs[left] != theirs[right]:
                    yield (error, *rows[left][:2], *rows[right][:2])


def _quality(rows: Sequence[Judged], person_of: Sequence[object]) -> tuple[float, float, float]:
    judged = [(person_of[number], row.person) for number, row in enumerate(rows) if row.person is not None]
    both, found, true = _pairs(judged), _pairs(person for person, _ in judged), _pairs(truth for _, truth in judged)
    return (
        both / found if found else 1.0,
        both / true if true else 1.0,
        2 * both / (found + true) if found + true else 1.0,
    )


def _pairs(groups: Iterable[object]) -> int:
    return sum(size * (size - 1) // 2 for size in Counter(groups).values())


def _after_review(rows: Sequence[Judged], found: Any) -> Sequence[object]:
    """Decide the first candidates as the truth has it; one that is about people decided already is not shown again."""
    merged: dict[object, object] = {}

    def person(number: int) -> object:
        root = found.person_of[number]
        while root in merged:
            root = merged[root]
        return root

    shown: set[frozenset[object]] = set()
    for candidate in found.candidates:
        left, right = int(candidate.left), int(candidate.right)
        pair = frozenset((found.person_of[left], found.person_of[right]))
        one, other = person(left), person(right)
        if one == other or pair in shown:
            continue
        shown.add(pair)
        if rows[left].person is not None and rows[left].person == rows[right].person:
            merged[other] = one
        if len(shown) == REVIEWED:
            break
    return [person(number) for number in range(len(rows))]
