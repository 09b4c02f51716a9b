"""Every author of two large projects, judged by the projects' own curated mail maps."""

import csv
import gzip
from collections import Counter
from pathlib import Path

import pytest
from bdc_identity.addresses import load_address_rules
from bdc_identity.evidence import evidence_of
from bdc_identity.resolve import Profile, resolve
from bdc_identity.trust import Trust

from .conftest import git_seen

DATA = Path(__file__).parents[4] / "shared" / "data" / "identity"
RULES = load_address_rules()


def pairs(groups: Counter[object]) -> int:
    return sum(size * (size - 1) // 2 for size in groups.values())


@pytest.mark.parametrize("project", ["numpy", "scipy"])
def test_exact_evidence_is_right_about_real_people(project: str):
    path = DATA / f"{project}.csv.gz"
    if not path.is_file():
        pytest.skip(f"the real input {path.name} is not beside the project")
    with gzip.open(path, "rt", encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    profiles = [
        Profile(str(number), frozenset({row["name"]}), evidence_of(git_seen(row["name"], row["email"]), RULES))
        for number, row in enumerate(rows)
    ]
    found = {member: person.id for person in resolve(profiles, Trust(RULES)) for member in person.members}
    # The maps write some addresses in several cases, which are one address for us.
    judged = [
        (found[str(number)], row["person_email"].lower()) for number, row in enumerate(rows) if row["curated"] == "1"
    ]

    both = pairs(Counter(judged))
    precision = both / pairs(Counter(person for person, _ in judged))
    recall = both / pairs(Counter(truth for _, truth in judged))

    print(f"{project}: {len(rows)} rows, precision {precision:.4f}, recall {recall:.4f}")  # noqa: T201  (the figures are what the test is for)
    assert precision >= 0.95
    assert recall >= 0.3
