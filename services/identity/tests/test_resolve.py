"""Profiles into people, as a pure function."""

from collections.abc import Sequence

from bdc_contracts import PersonSeen
from bdc_identity.addresses import load_address_rules
from bdc_identity.evidence import evidence_of
from bdc_identity.reasons import ALONE
from bdc_identity.resolve import Person, Profile, resolve
from bdc_identity.sightings import profile_id
from bdc_identity.trust import Trust

from .conftest import git_seen, mail_seen

RULES = load_address_rules()


def people(sightings: Sequence[PersonSeen], trust: Trust | None = None) -> list[Person]:
    profiles = [
        Profile(profile_id(seen.platform, seen.account), frozenset({seen.name or ""}), evidence_of(seen, RULES))
        for seen in sightings
    ]
    return list(resolve(profiles, trust or Trust(RULES)).people)


def test_profiles_with_one_address_are_one_person():
    (ann,) = people([git_seen("Ann Lee", "ann@x.org"), mail_seen("A. Lee", "ANN@x.org ")])

    assert set(ann.members.values()) == {"Same e-mail address: ann@x.org."}


def test_profiles_with_nothing_in_common_are_two_people_even_under_one_name_where_many_bear_it():
    others = [git_seen(f"{given} Smith", f"{given}@z.org") for given in ("James", "Jack", "Joe", "Jeff", "Jim")]

    found = people([git_seen("John Smith", "john@x.org"), git_seen("John Smith", "smithy@y.org"), *others])

    assert len(found) == 7
    assert {reason for person in found for reason in person.members.values()} == {ALONE}


def test_evidence_joins_through_others():
    addresses = [
        "ann@x.org",
        "1+ann@users.noreply.github.com",
        "1+annlee@users.noreply.github.com",
        "annlee@users.noreply.github.com",
    ]

    found = people([mail_seen("Ann", addresses[0]), *(git_seen("Ann Lee", address) for address in addresses)])

    assert sorted(len(person.members) for person in found) == [2, 3]


def test_two_logins_with_one_numeric_id_are_one_person():
    (ann,) = people([
        git_seen("Ann", "12+ann@users.noreply.github.com"), git_seen("Ann", "12+annlee@users.noreply.github.com")
    ])  # fmt: skip

    assert set(ann.members.values()) == {"Same GitHub account: 12."}


def test_one_login_with_two_numeric_ids_joins_nobody():
    sightings = [
        git_seen("Ann", "12+ann@users.noreply.github.com"),
        git_seen("Ann", "13+ann@users.noreply.github.com"),
        git_seen("Ann", "ann@users.noreply.github.com"),
    ]

    assert len(people(sightings)) == 3


def test_a_shared_address_joins_nobody():
    names = ["GitHub", "Ann Lee", "Ben Ode"]

    assert len(people([git_seen(name, "noreply@github.com") for name in names])) == 3


def test_a_lists_own_address_joins_nobody():
    via = [mail_seen(f"{name} via Boost", "dev@boost.example.org") for name in ("Ann Lee", "Ben Ode")]

    assert len(people(via)) == 1
    assert len(people(via, Trust(RULES, lists=frozenset({"dev@boost.example.org"})))) == 2


def test_a_machines_address_joins_only_those_of_one_full_name():
    found = people([
        git_seen("Ann Lee", "root@localhost"), mail_seen("ann lee", "root@localhost"),
        git_seen("Ben Ode", "root@localhost"),
        git_seen("ann", "root@localhost"), mail_seen("ANN", "root@localhost"),
    ])  # fmt: skip

    assert sorted(len(person.members) for person in found) == [1, 1, 1, 2]


def test_a_verified_address_is_evidence_among_those_that_proved_it():
    proved = [mail_seen(name, "info@x.org", email_verified=True) for name in ("Ann", "Ben")]

    assert sorted(len(person.members) for person in people([*proved, mail_seen("Cem", "info@x.org")])) == [1, 2]


def test_a_person_is_named_by_the_smallest_profile_so_that_former_ids_stay_members():
    sightings = [git_seen(f"Ann {number}", "ann@x.org") for number in range(5)]

    ids = [people(sightings[: count + 1])[0].id for count in range(5)]

    (ann,) = people(sightings)
    assert ann.id == min(ann.members)
    assert set(ids) <= set(ann.members)


def test_the_strongest_evidence_is_the_reason():
    (ann,) = people([
        git_seen("Ann", "12+ann@users.noreply.github.com"), mail_seen("Ann Lee", "12+ann@users.noreply.github.com")
    ])  # fmt: skip

    assert set(ann.members.values()) == {"Same GitHub account: 12."}
