"""Every author of two large projects, judged by the projects' own curated mail maps."""

import csv
import gzip
from collections import Counter
from collections.abc import Iterable, Mapping
from pathlib import Path

import pytest
from bdc_identity.addresses import load_address_rules
from bdc_identity.evidence import evidence_of
from bdc_identity.resolve import Profile, Resolution, resolve
from bdc_identity.trust import Trust

from .conftest import git_seen

DATA = Path(__file__).parents[4] / "shared" / "data" / "identity"
RULES = load_address_rules()
REVIEWED = 100  # candidates that a human decides


def rows_of(project: str) -> list[dict[str, str]]:
    path = DATA / f"{project}.csv.gz"
    if not path.is_file():
        pytest.skip(f"the real input {path.name} is not beside the project")
    with gzip.open(path, "rt", encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def resolved(rows: Iterable[Mapping[str, str]]) -> Resolution:
    return resolve(
        (
            Profile(str(number), frozenset({row["name"]}), evidence_of(git_seen(row["name"], row["email"]), RULES))
            for number, row in enumerate(rows)
        ),
        Trust(RULES),
    )


def pairs(groups: Iterable[object]) -> int:
    return sum(size * (size - 1) // 2 for size in Counter(groups).values())


def quality(rows: list[dict[str, str]], person_of: Mapping[str, str]) -> tuple[float, float]:
    """Precision and F1 over pairs of curated rows; the maps write some addresses in several cases, which are one."""
    judged = [
        (person_of[str(number)], row["person_email"].lower())
        for number, row in enumerate(rows)
        if row["curated"] == "1"
    ]
    both = pairs(judged)
    found, true = pairs(person for person, _ in judged), pairs(truth for _, truth in judged)
    return both / found, 2 * both / (found + true)


@pytest.mark.parametrize("project", ["numpy", "scipy"])
def test_who_is_who_of_real_people(project: str):
    rows = rows_of(project)

    people = {member: person.id for person in resolved(rows).people for member in person.members}

    precision, f1 = quality(rows, people)
    print(f"{project}: {len(rows)} rows, precision {precision:.4f}, F1 {f1:.4f}")  # noqa: T201  (the figures are what the test is for)
    assert precision >= 0.99
    assert f1 >= 0.95
