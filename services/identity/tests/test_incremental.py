"""Whatever came before, and however few profiles a change concerns: the store holds what resolving everything gives."""

import random
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from bdc_chassis.errors import BdcError
from bdc_chassis.forgetting import Redactor
from bdc_contracts import ForgottenKeys, Handle, PersonSeen
from bdc_identity.decisions import Verb
from bdc_identity.forgetting import Eraser, subjects
from bdc_identity.store.decisions import active_constraints
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from .conftest import Project, git_seen, mail_seen
from .humans import Humans, id_of
from .test_order_independence import RULES, Decided, consume, empty, in_batches, resolved_at_once, state

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


async def stored(engine: AsyncEngine) -> tuple[Decided, list[Any]]:
    """Return what `resolved_at_once` does, as the store has it."""
    found = await state(engine)
    names = {id_: name for id_, name, *_ in found["person"]}
    people = {member: (person, names[person], reason) for member, person, reason in found["membership"]}
    return people, sorted((*rest, tuple(reasons), clash) for *rest, reasons, clash in found["candidate"])


async def forget(humans: Humans, seen: PersonSeen) -> Redactor:
    person = await humans.person(seen)
    blank = ForgottenKeys(salt="s", hashes=())
    hashes = {blank.hashed(subject) for profile in person.profiles for subject in subjects(profile, RULES)}
    redactor = Redactor(ForgottenKeys(salt="s", hashes=tuple(sorted(hashes))))
    async with humans.engine.begin() as tx:
        await Eraser(RULES)(tx, redactor)
    return redactor


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

    people, candidates = await stored(engine)
    async with engine.connect() as tx:
        constraints = await active_constraints(tx, people)
    assert (people, candidates) == resolved_at_once(history.seen, constraints)


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


@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(seen=st.lists(sightings, min_size=3, max_size=18), seed=st.integers())
async def test_after_somebody_is_forgotten_the_store_is_as_if_they_had_never_been(
    engine: AsyncEngine, seen: list[PersonSeen], seed: int
):
    await empty(engine)
    randomness = random.Random(seed)
    known = [*seen, mail_seen("", "", account="0", context="dev@x.org")]  # what is a list stays one
    await consume(engine, in_batches(known, randomness))

    redactor = await forget(Humans(engine), randomness.choice(seen))

    gone = {id_of(each) for each in seen if redactor.sees(each)}
    assert await stored(engine) == resolved_at_once([each for each in known if id_of(each) not in gone])


async def test_a_name_is_as_rare_as_those_who_are_left_make_it(project: Project, engine: AsyncEngine):
    twice = [git_seen("Arno Vosskamp", "arno@x.org"), git_seen("Arno Vosskamp", "zork@y.org")]
    others = ["Anton", "Axel", "Albert", "Achim", "Abel", "Adam"]
    family = [git_seen(f"{name} Vosskamp", f"{name.lower()}.q@{name.lower()}.org") for name in others]
    await project([*twice, *family])
    humans = Humans(engine)
    assert len(await humans.groups(twice)) == 2

    for each in family:
        await forget(humans, each)

    assert len(await humans.groups(twice)) == 1
    assert await stored(engine) == resolved_at_once(twice)
