"""A made community full of traps: what is joined there is right, and what is not is proposed rather than guessed."""

import random
from collections.abc import Iterator
from itertools import combinations

from .test_matching import Author, resolved

GIVEN = (
    "Aurel",
    "Bettina",
    "Corvin",
    "Dagny",
    "Evander",
    "Fenja",
    "Gerwin",
    "Hedda",
    "Ivo",
    "Jorinde",
    "Kilian",
    "Leontine",
)
FAMILY = (
    "Abendroth",
    "Birkenstam",
    "Cordewener",
    "Dreyfuss",
    "Eschbacher",
    "Fennimore",
    "Glanzmann",
    "Hollerith",
    "Imdahl",
    "Jaspersen",
)


def community(randomness: random.Random) -> Iterator[tuple[str, Author]]:
    """Yield who somebody is, with a name and an address that they show."""
    for family in FAMILY:
        for given in randomness.sample(GIVEN, 2):
            who, login = f"{given} {family}", f"{given[0]}{family}".lower()
            yield who, (who, f"{login}@gmail.com")
            yield who, (who, f"{given}.{family}@{family}.example.org".lower())
            yield who, (login, f"{login}@users.noreply.github.com")
            yield who, (who, "root@localhost")
            yield who, (f"{who} via Dev", "dev@lists.example.org")
            yield who, (who, "team@example.org")


def traps() -> Iterator[tuple[str, Author]]:
    """Yield people whom it is easy to take for others."""
    for number in range(6):  # one common name, six people, and others of that family
        yield (
            f"smith {number}",
            ("John Smith", f"{('js', 'smithy', 'jo', 'cave', 'wombat', 'zed')[number]}@host{number}.example.com"),
        )
        yield (
            f"other smith {number}",
            (f"{('Jack', 'Jim', 'Joe', 'James', 'Jeff', 'Jan')[number]} Smith", f"x{number}@y.example"),
        )
    yield "father", ("Hartmut Quandel", "hartmut@quandel.example")
    yield "son", ("Helge Quandel", "helge@quandel.example")
    yield "owner", ("Wiebke Ostrander", "wiebke@ostrander.example")
    yield "owner", ("Wiebke Ostrander", "wostrander@gmail.com")
    yield "guest", ("Tjorven Malmquist", "tjorven@malmquist.example")
    yield "guest", ("Tjorven Malmquist", "wiebke@ostrander.example")
    yield "married", ("Solveig Brandtner", "solveig@brandtner.example")
    yield "married", ("Solveig Lindqvist", "solveig@brandtner.example")
    yield "married", ("Solveig Lindqvist", "solveig@lindqvist.example")
    for number in range(4):
        yield f"alex {number}", ("Alex", f"alex@domain{number}.example")
        yield f"builder {number}", ("Jenkins", f"jenkins@ci{number}.example")
        yield f"newcomer {number}", ("Your Name", f"you{number}@example.net")


def test_a_community_of_traps_is_resolved_with_a_precision_of_99_percent():
    shown = [*community(random.Random(7)), *traps()]
    random.Random(3).shuffle(shown)

    found = resolved(*(author for _, author in shown))

    person_of = {int(member): person.id for person in found.people for member in person.members}
    joined = [(a, b) for a, b in combinations(range(len(shown)), 2) if person_of[a] == person_of[b]]
    right = sum(shown[a][0] == shown[b][0] for a, b in joined)
    true = sum(one[0] == other[0] for one, other in combinations(shown, 2))
    print(f"traps: {len(shown)} profiles, precision {right / len(joined):.4f}, recall {right / true:.4f}")  # noqa: T201  (the figures are what the test is for)
    assert right / len(joined) >= 0.99
    assert right / true >= 0.9
