"""Every automatic membership says why, and without that evidence it is none."""

from collections.abc import Sequence

from bdc_identity.addresses import load_address_rules
from bdc_identity.reasons import ALONE
from bdc_identity.resolve import Person, Profile, resolve
from bdc_identity.trust import Trust
from hypothesis import given
from hypothesis import strategies as st

from .conftest import git_seen
from .test_order_independence import fresh_profiles, gather, sightings

TRUST = Trust(load_address_rules())


def people(profiles: Sequence[Profile]) -> list[Person]:
    return list(resolve(profiles, TRUST).people)


@given(st.lists(sightings, min_size=2, max_size=15))
def test_every_membership_has_a_reason_and_every_person_is_held_together_by_links(seen: list):
    batch = gather(seen, TRUST.rules)
    for person in people(list(fresh_profiles(batch, (id_ for id_, _, _ in batch.profiles)).values())):
        assert all(reason for reason in person.members.values())
        assert (ALONE in person.members.values()) is (len(person.members) == 1)
        assert len(person.links) == len(person.members) - 1
        assert {id_ for link in person.links for id_ in (link.left, link.right)} <= person.members.keys()
        assert all(link.reasons for link in person.links)


@given(st.lists(sightings, min_size=2, max_size=12), st.data())
def test_without_what_it_shows_nobody_belongs_to_anybody(seen: list, data: st.DataObject):
    batch = gather(seen, TRUST.rules)
    profiles = fresh_profiles(batch, (id_ for id_, _, _ in batch.profiles))
    several = [person for person in people(list(profiles.values())) if len(person.members) > 1]
    if not several:
        return
    member = data.draw(st.sampled_from(sorted(several[0].members)))

    bare = profiles | {member: Profile(member, frozenset(), frozenset())}

    (alone,) = (person for person in people(list(bare.values())) if member in person.members)
    assert dict(alone.members) == {member: ALONE}


def test_taking_the_evidence_away_that_the_reason_names_ends_the_membership():
    shared = "shared@x.org"
    ann, al = git_seen("Ann Lee", shared), git_seen("al", shared)
    batch = gather([ann, al], TRUST.rules)
    profiles = list(fresh_profiles(batch, (id_ for id_, _, _ in batch.profiles)).values())
    (together,) = people(profiles)
    assert set(together.members.values()) == {f"Same e-mail address: {shared}."}

    without = [
        Profile(each.id, each.names, frozenset(item for item in each.evidence if item.value != shared))
        for each in profiles
    ]

    assert len(people(without)) == 2
