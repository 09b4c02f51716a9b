"""Which names, handles and addresses make two profiles one person, a candidate, or neither."""

import pytest
from bdc_identity.addresses import load_address_rules
from bdc_identity.evidence import evidence_of
from bdc_identity.matching.agreement import Agreement, agreement
from bdc_identity.matching.derivation import Derivation, derivation
from bdc_identity.matching.person_names import PersonName, spelled
from bdc_identity.resolve import Profile, Resolution, resolve
from bdc_identity.trust import Trust

from .conftest import git_seen

RULES = load_address_rules()
Author = tuple[str, str]


def resolved(*authors: Author) -> Resolution:
    return resolve(
        (
            Profile(f"{number:04}", frozenset({name}) - {""}, evidence_of(git_seen(name, email), RULES))
            for number, (name, email) in enumerate(authors)
        ),
        Trust(RULES),
    )


def outcome(*authors: Author) -> str:
    found = resolved(*authors)
    if len(found.people) == 1:
        return "joined"
    return "candidate" if found.candidates else "apart"


def name(text: str) -> PersonName:
    (found,) = spelled(text).names
    return found


@pytest.mark.parametrize(
    ("left", "right"),
    [
        (("Ingmar Holvast", "ih@x.org"), ("ingmar  HOLVAST", "work@y.org")),
        (("Jürgen Grötschel", "a@x.org"), ("Juergen Groetschel", "b@y.org")),
        (("Jürgen Grötschel", "a@x.org"), ("JÃ¼rgen GrÃ¶tschel", "b@y.org")),
        (("Holvast, Ingmar", "ih@x.org"), ("Ingmar Holvast (ACME)", "work@y.org")),
        (("Ingmar Holvast", "ih@x.org"), ("Ingmar P. Holvast", "work@y.org")),
        (("Ingmar Holvast", "ih@x.org"), ("iholvast", "iholvast@y.org")),
        (("Ingmar Holvast", "ih@x.org"), ("", "ingmar.holvast@y.org")),
        (("Ingmar Holvast", "ih@x.org"), ("ingmarholvast", "77+ingmarholvast@users.noreply.github.com")),
        (("Benjamin Holvast", "ih@x.org"), ("Ben Holvast", "work@y.org")),
        (("Marten van der Holvast", "m@x.org"), ("mvanderholvast", "mvanderholvast@y.org")),
        (("keewizz", "keewizz@x.org"), ("Ingmar Holvast", "keewizz@users.noreply.github.com")),
        (("张晓萌", "a@x.org"), ("Xiaomeng Zhang", "xiaomeng.zhang@y.org")),
        (("Сергей Головастов", "a@x.org"), ("Sergey Golovastov", "b@y.org")),
    ],
)
def test_one_person_in_two_spellings_is_joined(left: Author, right: Author):
    assert outcome(left, right) == "joined"


@pytest.mark.parametrize(
    ("left", "right"),
    [
        (("Ingmar Holvast", "ih@x.org"), ("Imke Holvast", "imke@x.org")),
        (("Ingmar A. Holvast", "ih@x.org"), ("Ingmar B. Holvast", "b@y.org")),
        (("Alex", "alex@x.org"), ("alex", "alex@y.org")),
        (("root", "root@localhost"), ("root", "root@localhost")),
        (("Unknown", "a@x.org"), ("unknown", "b@y.org")),
        (("Your Name", "a@x.org"), ("Your Name", "b@y.org")),
        (("Ingmar Holvast", "info@x.org"), ("Mia Lund", "info@x.org")),
        (
            ("dependabot[bot]", "49699333+dependabot[bot]@users.noreply.github.com"),
            ("dependabot", "support@github.com"),
        ),
        (("Travis CI", "builds@x.org"), ("Travis CI", "ci@y.org")),
    ],
)
def test_two_people_are_not_joined(left: Author, right: Author):
    assert outcome(left, right) != "joined"


def test_a_person_called_like_a_program_is_a_person():
    assert outcome(("Travis Holvast", "t@x.org"), ("Travis Holvast", "tholvast@y.org")) == "joined"


def test_a_program_is_marked_as_one_and_does_not_join_the_human_whose_address_it_uses():
    found = resolved(("Ingmar Holvast", "ingmar@x.org"), ("holvast-bot", "ingmar@x.org"))

    assert sorted(person.kind for person in found.people) == ["bot", "person"]
    assert [candidate.clash for candidate in found.candidates] == ["One of them is a program."]


def test_one_slip_in_a_name_is_for_a_human_to_decide():
    assert outcome(("Ingmar Holvast", "a@x.org"), ("Ingmar Holvest", "b@y.org")) == "candidate"


def test_two_numeric_ids_of_one_name_are_for_a_human_to_decide():
    found = resolved(
        ("Ingmar Holvast", "1+iholvast@users.noreply.github.com"),
        ("Ingmar Holvast", "2+ingmar@users.noreply.github.com"),
    )

    assert [candidate.clash for candidate in found.candidates] == ["They have two GitHub accounts: 1 and 2."]


def test_an_address_under_two_names_of_people_with_addresses_of_their_own_was_lent():
    junko = [("Junko Holvast", "junko@x.org"), ("Junko Holvast", "junko.holvast@work.org")]
    winfried = [("Winfried Quell", "win@y.org"), ("Winfried Quell", "junko@x.org")]

    found = resolved(*junko, *winfried)

    assert sorted(len(person.members) for person in found.people) == [2, 2]
    assert found.candidates[0].clash is not None
    assert "may be borrowed" in found.candidates[0].clash


def test_an_address_under_two_names_and_nothing_else_is_one_persons():
    assert outcome(("Junko Holvast", "jh@x.org"), ("Mary Quell", "jh@x.org")) == "joined"


def test_an_address_under_three_unrelated_names_is_nobodys_own():
    found = resolved(("Junko Holvast", "team@x.org"), ("Mary Quell", "team@x.org"), ("Tor Amundsen", "team@x.org"))

    assert len(found.people) == 3


def test_a_name_that_many_bear_joins_nobody():
    given = ("James", "Jack", "Joe", "Jeff", "Jim", "Jan", "Jonas")
    namesakes = [(f"{each} Smith", f"{each}@z.org") for each in given]

    found = resolved(("John Smith", "one@x.org"), ("John Smith", "two@y.org"), *namesakes)

    assert len(found.people) == 2 + len(namesakes)


def test_a_chain_of_initials_does_not_join_two_people():
    found = resolved(("John Holvast", "john@x.org"), ("J. Holvast", "jh@y.org"), ("Jane Holvast", "jane@z.org"))

    assert all(len(person.members) < 3 for person in found.people)
    assert found.candidates


@pytest.mark.parametrize(
    ("one", "other", "how"),
    [
        ("Ann Lee", "Lee Ann", Agreement.EQUAL),
        ("Ann B. Lee", "Ann Lee", Agreement.MIDDLE),
        ("Ann B. Lee", "Ann C. Lee", Agreement.OTHER_MIDDLE),
        ("Nick Papior", "Nick Papior Andersen", Agreement.PART),
        ("Matt Lee", "Matthew Lee", Agreement.SHORT_FORM),
        ("A. Leeson", "Ann Leeson", Agreement.INITIAL),
        ("H. Merijn Brand", "Horst Brand", Agreement.OTHER_GIVEN),
        ("H. Merijn Brand", "Horst H. Brand", Agreement.OTHER_GIVEN),
        ("Ralf G.", "Ralf Gommersen", Agreement.CUT),
        ("Ann Lee", "Ben Ode", Agreement.UNRELATED),
        ("Min-jun Park", "Min-jun Holvast", Agreement.UNRELATED),
    ],
)
def test_how_names_agree_does_not_depend_on_their_order(one: str, other: str, how: Agreement):
    assert {agreement(name(one), name(other)), agreement(name(other), name(one))} == {how}


@pytest.mark.parametrize(
    ("full", "handle", "how"),
    [
        ("Ralf Gommersen", "ralfgommersen", Derivation.FULL),
        ("Ralf Gommersen", "rgommersen42", Derivation.INITIAL),
        ("Ralf Gommersen", "gommersenr", Derivation.INITIAL),
        ("Ralf Gommersen", "rgommers", Derivation.INITIAL),
        ("Ralf Gommersen", "ralfg", Derivation.SHORT),
        ("Ralf Gommersen", "gommersen", Derivation.FAMILY),
        ("Stefan van der Walt", "svanderwalt", Derivation.INITIAL),
        ("Jeffrey Yancey", "jeffyancey", Derivation.FULL),
        ("Ralf Gommersen", "keewis", None),
    ],
)
def test_how_a_handle_follows_from_a_name(full: str, handle: str, how: Derivation | None):
    assert derivation(name(full), handle) == how
