"""A whole corpus at once comes to the same people as ever, in one process and in two."""

from bdc_identity.addresses import load_address_rules
from bdc_identity.cold import resolve_rows

from .test_matching import resolved

RULES = load_address_rules()
ROWS = [
    (name, email)
    for number, family in enumerate(("Holvast", "Quell", "Amundsen", "Brandtner", "Ostrander"))
    for name, email in (
        (f"Ingmar {family}", f"ingmar@{family}.example".lower()),
        (f"Ingmar {family}", f"ih{number}@y.org"),
        (f"i{family}".lower(), f"i{family}@users.noreply.github.com".lower()),
        ("", f"mia.{family}@z.org".lower()),
    )
]


def test_rows_come_to_the_people_that_profiles_come_to():
    people = {int(member): int(person.id) for person in resolved(*ROWS).people for member in person.members}

    found = resolve_rows(ROWS, RULES)

    assert list(found.person_of) == [people[number] for number in range(len(ROWS))]
    assert len(set(found.person_of)) == 10


def test_a_second_process_changes_nothing():
    alone, shared = resolve_rows(ROWS, RULES), resolve_rows(ROWS, RULES, fork=True)

    assert (shared.person_of, list(shared.candidates)) == (alone.person_of, list(alone.candidates))
