"""Whatever came before, and however few profiles a change concerns: the store holds what resolving everything gives."""

import random
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from bdc_chassis.errors import BdcError
from bdc_contracts import Handle, PersonSeen
from bdc_identity.decisions import Verb
from bdc_identity.store.decisions import active_constraints
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from .conftest import Project, git_seen
from .humans import Humans, id_of
from .test_order_independence import consume, empty, in_batches, resolved_at_once, state

# Few addresses under many unrelated names and few logins with several ids: most keys say different things of parts of
# those who have them.
sightings = st.builds(
    PersonSeen,
    domain=st.just("github"),
    platform=st.sampled_from(["git", "mail", "github"]),
    account=st.sampled_from([*"123456789"]),
    context=st.sampled_from(["asio", "dev@x.org"]),
    name=st.sampled_from([
        None, "Ann Lee", "Anne Lee", "Ben Odegaard", "B. Odegaard", "Cem Yildiz", "Dora Fekete", "Dora Odegaard",
        "Yildiz", "Robot[bot]",
    ]),
    email=st.sampled_from([
        "", "x@x.org", "y@x.org", "z@q.org", "ben.odegaard@y.org", "alee@gmail.com", "dev@x.org", "root@localhost",
        "1+ann@users.noreply.github.com", "2+ann@users.noreply.github.com", "ann@users.noreply.github.com",
    ]),
    email_verified=st.sampled_from([False, False, False, True]),
    handles=st.lists(
        st.builds(
            Handle,
            platform=st.just("github"),
            login=st.sampled_from([None, "ann", "cem"]),
            id=st.sampled_from([None, "1", "2", "3"]),
        ),
        max_size=1,
    ).map(tuple),
)  # fmt: skip


@dataclass(frozen=True)
class History:
    """Sightings, and decisions between them; a number stands for undoing one of those made so far."""

    seen: Sequence[PersonSeen]
    decided: Sequence[dict[str, Any] | int]


@st.composite
def histories(draw: st.DrawFn) -> History:
    seen = draw(st.lists(sightings, min_size=2, max_size=18))
    somebody = st.lists(st.sampled_from(sorted(set(map(id_of, seen)))), max_size=2, unique=True)
    acts = st.fixed_dictionaries(
        {
            "verb": st.sampled_from([verb.value for verb in Verb if verb is not Verb.UNDO]),
            "people": somebody,
            "profiles": somebody,
            "value": st.sampled_from(["bot", "Ann the First"]),
        }
    )
    return History(seen, draw(st.lists(acts | st.integers(0, 5), max_size=6)))


async def decide(humans: Humans, wanted: dict[str, Any] | int) -> None:
    try:
        if isinstance(wanted, dict):
            await humans.act(**wanted)
        elif humans.made:
            await humans.undo(humans.made[wanted % len(humans.made)])
    except BdcError:
        return  # says nothing in the state that it meets


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(history=histories(), seed=st.integers())
async def test_the_store_holds_what_resolving_everything_at_once_gives(
    engine: AsyncEngine, history: History, seed: int
):
    await empty(engine)
    async with engine.begin() as tx:
        await tx.execute(text("TRUNCATE decision, decision_profile, former_membership"))
    humans, randomness, decided = Humans(engine), random.Random(seed), list(history.decided)

    for batch in in_batches(history.seen, randomness):
        await consume(engine, iter([batch]))
        if decided and randomness.random() < 0.5:
            await decide(humans, decided.pop())

    found = await state(engine)
    names = {id_: name for id_, name, *_ in found["person"]}
    people = {member: (person, names[person], reason) for member, person, reason in found["membership"]}
    candidates = [(*rest, tuple(reasons), clash) for *rest, reasons, clash in found["candidate"]]
    async with engine.connect() as tx:
        constraints = await active_constraints(tx, people)
    assert (people, sorted(candidates)) == resolved_at_once(history.seen, constraints)


async def test_an_address_of_many_names_stays_nobodys_own_when_a_neighbour_of_two_of_them_comes(
    project: Project, engine: AsyncEngine
):
    shared, own = "a@x.org", "b@x.org"
    nameless = [git_seen("", address, account="1") for address in (shared, own)]
    named = [git_seen("Ben Odegaard", address, account="2") for address in (shared, own)]
    strangers = [git_seen("Ann Lee", shared, account="3"), git_seen("Cem Yildiz", shared, account="4")]
    await project([*nameless, *named, *strangers])

    await project([git_seen("", own, account="5")])

    reasons = {profile.account: profile.reason for profile in (await Humans(engine).person(named[0])).profiles}
    assert reasons.keys() == {"1", "2", "5"}
    assert all(own in reason for reason in reasons.values())
