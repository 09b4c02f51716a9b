"""Humans decide, and it holds: against evidence that comes later, until somebody takes it back, to the last bit."""

import random
from collections.abc import Sequence
from typing import Any

import pytest
from bdc_chassis.errors import BdcError, NotFound, ValidationFailed
from bdc_contracts import DecisionMade, PeopleMerged, PersonSeen, PersonSplit
from bdc_identity.addresses import load_address_rules
from bdc_identity.decisions import Verb
from bdc_identity.projector import PeopleProjector
from bdc_identity.store import outbox
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from .conftest import Project, git_seen, mail_seen, received
from .humans import Humans, id_of

ANN_GIT, ANN_MAIL = git_seen("Ann Lee", "ann@x.org"), mail_seen("Ann L.", "lee@y.org")
BEN = git_seen("Ben Ode", "ben@x.org")


@pytest.fixture
def humans(engine: AsyncEngine) -> Humans:
    return Humans(engine)


async def test_a_merge_makes_two_people_one_and_says_who_did_it_and_why(project: Project, humans: Humans):
    await project([ANN_GIT, ANN_MAIL, BEN])

    await humans.merge(ANN_GIT, ANN_MAIL, note="Same avatar.")

    ann = await humans.person(ANN_MAIL)
    assert {profile.account for profile in ann.profiles} == {ANN_GIT.account, ANN_MAIL.account}
    assert all(profile.reason.startswith("Merged by ann on ") for profile in ann.profiles)
    assert all(profile.reason.endswith(": Same avatar.") for profile in ann.profiles)


async def test_a_split_is_never_undone_by_evidence_that_comes_later(project: Project, humans: Humans):
    borrowed = git_seen("Ben Ode", "ann@x.org")
    await project([ANN_GIT, borrowed])
    await humans.split(borrowed)

    again = [
        git_seen("Ann Lee", "ann@x.org", day=9, handles=[{"platform": "github", "id": "12", "login": "ann"}]),
        git_seen("Ben Ode", "ann@x.org", day=9, handles=[{"platform": "github", "id": "12", "login": "ann"}]),
        mail_seen("Ann", "ann@x.org", handles=[{"platform": "github", "id": "12"}]),
    ]
    for seen in again:
        await project([seen])

    groups = await humans.groups([ANN_GIT, borrowed, again[2]])
    assert groups == {frozenset({ANN_GIT.account, again[2].account}), frozenset({borrowed.account})}


async def test_taking_out_the_one_that_joined_the_others_leaves_them_together(project: Project, humans: Humans):
    hub = git_seen("Ann Lee", "ann@x.org", account="hub", handles=[{"platform": "github", "id": "12"}])
    spokes = [
        git_seen("Ann", "ann@x.org", account="a"),
        git_seen("Ann", "12+ann@users.noreply.github.com", account="b"),
    ]
    await project([hub, *spokes])

    await humans.split(hub)

    assert await humans.groups([hub, *spokes]) == {frozenset({"hub"}), frozenset({"a", "b"})}


async def test_a_newer_decision_wins_over_an_older_one(project: Project, humans: Humans):
    await project([ANN_GIT, ANN_MAIL, BEN])
    await humans.merge(ANN_GIT, ANN_MAIL)
    await humans.merge(ANN_GIT, BEN)

    await humans.split(ANN_MAIL)
    assert await humans.groups([ANN_MAIL, BEN]) == {
        frozenset({ANN_MAIL.account}),
        frozenset({ANN_GIT.account, BEN.account}),
    }
    await humans.merge(ANN_MAIL, ANN_GIT)
    assert len(await humans.groups([ANN_MAIL, BEN, ANN_GIT])) == 1


async def test_a_pinned_profile_stays_whatever_is_found(project: Project, humans: Humans):
    shared = git_seen("build", "ann@x.org", account="build")
    await project([ANN_GIT, shared, BEN])
    await humans.act("pin", profiles=[id_of(shared)], people=[id_of(BEN)])

    await project([mail_seen("Ann Lee", "ann@x.org")])

    assert (await humans.person(shared)).id == (await humans.person(BEN)).id
    assert (await humans.person(ANN_GIT)).id != (await humans.person(BEN)).id


async def test_a_rejected_pair_stays_two_people(project: Project, humans: Humans):
    await project([ANN_GIT, ANN_MAIL])
    await humans.act("reject", people=[id_of(ANN_GIT), id_of(ANN_MAIL)])

    await project([git_seen("Ann Lee", "lee@y.org", account=ANN_GIT.account)])

    assert len(await humans.groups([ANN_GIT, ANN_MAIL])) == 2


async def test_a_name_set_by_a_human_is_shown_and_taking_it_back_shows_the_old_one(project: Project, humans: Humans):
    await project([ANN_GIT])
    named = await humans.act("name", people=[id_of(ANN_GIT)], value=" Ann  B. Lee ")
    assert (await humans.person(ANN_GIT)).name == "Ann B. Lee"

    await humans.undo(named)

    assert (await humans.person(ANN_GIT)).name == "Ann Lee"


async def test_undo_restores_the_former_state_and_undoing_the_undo_brings_the_merge_back(
    project: Project, humans: Humans
):
    await project([ANN_GIT, ANN_MAIL, BEN])
    before = await humans.state()
    merge = await humans.merge(ANN_GIT, ANN_MAIL, BEN)
    merged = await humans.state()

    undo = await humans.undo(merge)
    assert await humans.state() == before

    await humans.undo(undo)
    assert await humans.state() == merged


async def test_merges_and_splits_are_announced_as_such(project: Project, humans: Humans, engine: AsyncEngine):
    await project([ANN_GIT, ANN_MAIL])
    merge = await humans.merge(ANN_GIT, ANN_MAIL)
    await humans.undo(merge)

    async with engine.connect() as tx:
        _, announced = await outbox.take(tx, 100)

    ids = tuple(sorted([id_of(ANN_GIT), id_of(ANN_MAIL)]))
    (merged,) = [event for event in announced if isinstance(event, PeopleMerged)]
    (split,) = [event for event in announced if isinstance(event, PersonSplit)]
    assert (merged.person_id, merged.former_ids) == (ids[0], ids)
    assert (split.former_id, split.person_ids) == (ids[0], ids)


@pytest.mark.parametrize(
    ("asked", "error", "said"),
    [
        ({"verb": "merge", "people": ["nobody"]}, NotFound, "There is no person or profile 'nobody'"),
        ({"verb": "merge", "people": [id_of(BEN), id_of(BEN)]}, ValidationFailed, "one person already"),
        ({"verb": "reject", "people": [id_of(BEN)]}, ValidationFailed, "two different people"),
        ({"verb": "split", "profiles": [id_of(BEN)]}, ValidationFailed, "leave at least one"),
        ({"verb": "split", "profiles": [id_of(BEN), id_of(ANN_GIT)]}, ValidationFailed, "of one person"),
        ({"verb": "pin", "profiles": [id_of(BEN)], "people": [id_of(BEN)]}, ValidationFailed, "no other profile"),
        ({"verb": "mark", "people": [id_of(BEN)], "value": "robot"}, ValidationFailed, "person, bot, organisation"),
        ({"verb": "name", "people": [id_of(BEN)], "value": " "}, ValidationFailed, "the name in `value`"),
        ({"verb": "undo", "undoes": "x"}, ValidationFailed, "no decision"),
    ],
)
async def test_a_decision_that_says_nothing_is_refused_in_one_sentence(
    project: Project, humans: Humans, asked: dict[str, Any], error: type[BdcError], said: str
):
    await project([ANN_GIT, BEN])

    with pytest.raises(error, match=said):
        await humans.act(**asked)


async def test_what_is_not_in_force_can_not_be_undone(project: Project, humans: Humans):
    await project([ANN_GIT, BEN])
    merge = await humans.merge(ANN_GIT, BEN)
    await humans.undo(merge)

    with pytest.raises(ValidationFailed, match="not in force"):
        await humans.undo(merge)


SEEN = [
    *(git_seen(f"Ann {number}", "ann@x.org", account=f"a{number}") for number in range(3)),
    *(mail_seen(f"Ben {number}", "ben@x.org", account=f"b{number}") for number in range(2)),
    git_seen("Cem Ay", "7+cem@users.noreply.github.com", account="c"),
]
LATER = [
    git_seen("Ann 0", "ben@x.org", account="a0", day=3),
    git_seen("Cem Ay", "ann@x.org", account="d", day=3),
    git_seen("Cem", "7+cem@users.noreply.github.com", account="b1", day=3),
]
somebody = st.sampled_from([id_of(seen) for seen in SEEN])
acts = st.fixed_dictionaries(
    {
        "verb": st.sampled_from([verb.value for verb in Verb if verb is not Verb.UNDO]),
        "people": st.lists(somebody, max_size=2),
        "profiles": st.lists(somebody, max_size=2, unique=True),
        "value": st.sampled_from(["bot", "Ann the First"]),
    }
)


async def empty(engine: AsyncEngine) -> None:
    tables = (
        "profile, profile_name, profile_context, evidence, list_address, person, membership, outbox, link, candidate"
    )
    async with engine.begin() as tx:
        await tx.execute(text(f"TRUNCATE {tables}, decision, decision_profile, former_membership"))


async def see(engine: AsyncEngine, seen: Sequence[PersonSeen]) -> None:
    async with engine.begin() as tx:
        await PeopleProjector(load_address_rules())(tx, received(seen))


async def act_all(humans: Humans, wanted: Sequence[dict[str, Any]]) -> None:
    for asked in wanted:
        try:
            await humans.act(**asked)
        except ValidationFailed:
            continue  # says nothing in the state that it meets


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(wanted=st.lists(acts, min_size=1, max_size=6), seed=st.integers())
async def test_undoing_every_decision_restores_what_sightings_alone_give(
    engine: AsyncEngine, wanted: list[dict[str, Any]], seed: int
):
    await empty(engine)
    await see(engine, [*SEEN, *LATER])
    humans = Humans(engine)
    undecided = await humans.state()
    await empty(engine)
    await see(engine, SEEN)
    await act_all(humans, wanted)
    await see(engine, LATER)

    for made in random.Random(seed).sample(humans.made, len(humans.made)):
        await humans.undo(made)

    assert await humans.state() == undecided


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(wanted=st.lists(acts, min_size=1, max_size=6), seed=st.integers())
async def test_the_order_of_sightings_and_decisions_changes_nothing(
    engine: AsyncEngine, wanted: list[dict[str, Any]], seed: int
):
    await empty(engine)
    humans = Humans(engine)
    await see(engine, SEEN)
    await act_all(humans, wanted)
    await see(engine, LATER)
    in_order = await humans.state()
    facts: list[PersonSeen | DecisionMade] = [*SEEN, *LATER, *humans.made, *humans.made[:2]]
    random.Random(seed).shuffle(facts)
    await empty(engine)

    for fact in facts:
        if isinstance(fact, DecisionMade):
            await humans.carry_out(fact)
        else:
            await see(engine, [fact])

    assert await humans.state() == in_order
