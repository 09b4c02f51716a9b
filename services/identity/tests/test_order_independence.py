"""Whatever the order, repetition and batching of the same sightings: the same people, in memory and in the store."""

import random
from collections.abc import Iterator, Sequence
from dataclasses import astuple
from datetime import timedelta
from typing import Any

import pytest
from bdc_contracts import Handle, PersonSeen
from bdc_identity.addresses import load_address_rules
from bdc_identity.constraints import Constraint
from bdc_identity.projector import PeopleProjector
from bdc_identity.resolve import resolve
from bdc_identity.sightings import gather
from bdc_identity.store.profiles import fresh_profiles
from bdc_identity.trust import Trust
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from .conftest import NOON, received

RULES = load_address_rules()
TABLES = (
    "profile", "profile_name", "profile_context", "evidence", "list_address", "person", "block_key", "link",
    "candidate",
)  # fmt: skip
EMAILS = (
    "ann@x.org", "Ann@X.org ", "ben@x.org", "cem@x.org", "dev@boost.example", "root@localhost", "noreply@github.com",
    "1+ann@users.noreply.github.com", "2+ann@users.noreply.github.com", "ann@users.noreply.github.com",
    "", "1+ben@users.noreply.github.com", "2-cem@users.noreply.gitlab.com", "bode@x.org", "bode@y.org",
    "ben.odegaard@y.org", "git@x.org",
)  # fmt: skip

handles = st.builds(
    Handle,
    platform=st.just("github"),
    login=st.sampled_from([None, "ann", "Ben", "cem"]),
    id=st.sampled_from([None, "1", "2"]),
)
moments = st.none() | st.integers(0, 5).map(lambda day: NOON + timedelta(days=day))
sightings = st.builds(
    PersonSeen,
    domain=st.sampled_from(["github", "mailing"]),
    platform=st.sampled_from(["git", "mail", "github"]),
    account=st.sampled_from([*"12345678"]),
    context=st.sampled_from(["dev@boost.example", "github.com/boostorg/asio", "cem@x.org"]),
    name=st.sampled_from(
        [None, "", "ann", "Ann Lee", "ANN LEE", "Ánn Lee", "Ben Ode", "B. Ode", "Ben Odegaard", "bode"]
    ),
    email=st.sampled_from(EMAILS),
    email_verified=st.booleans(),
    handles=st.lists(handles, max_size=2).map(tuple),
    first_seen=moments,
    last_seen=moments,
)


def in_batches(seen: Sequence[PersonSeen], randomness: random.Random) -> Iterator[list[PersonSeen]]:
    """All of `seen`, some of it twice, in some order and batches of some size."""
    shuffled = [*seen, *randomness.sample(seen, len(seen) // 2)]
    randomness.shuffle(shuffled)
    while shuffled:
        size = randomness.randint(1, 6)
        yield shuffled[:size]
        del shuffled[:size]


Decided = dict[str, tuple[str, str | None, str]]


def resolved_at_once(seen: Sequence[PersonSeen], constraints: Sequence[Constraint] = ()) -> tuple[Decided, list[Any]]:
    """Who belongs to whom and why, and what is proposed, worked out from everything in memory."""
    all_of_it = gather(seen, RULES)
    profiles = fresh_profiles(all_of_it, (id_ for id_, _, _ in all_of_it.profiles))
    found = resolve(profiles.values(), Trust(RULES, frozenset(all_of_it.lists)), constraints)
    people = {id_: (each.id, each.name, reason) for each in found.people for id_, reason in each.members.items()}
    return people, sorted(map(astuple, found.candidates))


@settings(max_examples=200, deadline=None)
@given(st.lists(sightings, min_size=1, max_size=20), st.randoms(use_true_random=False))
def test_the_same_people_in_memory(seen: list[PersonSeen], randomness: random.Random):
    again = [sighting for batch in in_batches(seen, randomness) for sighting in batch]

    assert resolved_at_once(again) == resolved_at_once(seen)


async def state(engine: AsyncEngine) -> dict[str, list[Any]]:
    async with engine.connect() as tx:
        found = {
            table: sorted(map(tuple, await tx.execute(text(f"SELECT * FROM {table}"))), key=repr) for table in TABLES
        }
        members = await tx.execute(text("SELECT profile_id, person_id, reason FROM membership ORDER BY 1"))
        return found | {"membership": list(map(tuple, members))}


async def consume(engine: AsyncEngine, batches: Iterator[list[PersonSeen]]) -> None:
    projector = PeopleProjector(RULES)
    for batch in batches:
        async with engine.begin() as tx:
            await projector(tx, received(batch))


async def empty(engine: AsyncEngine) -> None:
    async with engine.begin() as tx:
        await tx.execute(text(f"TRUNCATE {', '.join(TABLES)}, membership, outbox, crowded_key"))


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(seen=st.lists(sightings, min_size=1, max_size=25), seed=st.integers())
async def test_the_same_people_in_the_store(engine: AsyncEngine, seen: list[PersonSeen], seed: int):
    await empty(engine)
    await consume(engine, iter([seen]))
    at_once = await state(engine)
    await empty(engine)
    await consume(engine, in_batches(seen, random.Random(seed)))

    bit_by_bit = await state(engine)

    assert bit_by_bit == at_once
    names = {id_: name for id_, name, *_ in bit_by_bit["person"]}
    people = {member: (person, names[person], reason) for member, person, reason in bit_by_bit["membership"]}
    candidates = [(*rest, tuple(reasons), clash) for *rest, reasons, clash in bit_by_bit["candidate"]]
    assert (people, sorted(candidates)) == resolved_at_once(seen)


@pytest.fixture
def small_crowds(monkeypatch: pytest.MonkeyPatch) -> None:
    """Three are a crowd, so that a few sightings make one."""
    for module in ("matching.blocking", "matching.pairs", "store.blocks"):
        monkeypatch.setattr(f"bdc_identity.{module}.MAX_BLOCK", 2)
    for module in ("hard_links", "store.keys"):
        monkeypatch.setattr(f"bdc_identity.{module}.MAX_HOLDERS", 2)


@pytest.mark.usefixtures("small_crowds")
@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(seen=st.lists(sightings, min_size=3, max_size=25), seed=st.integers())
async def test_the_same_people_in_the_store_where_keys_turn_out_to_be_nobodys_own(
    engine: AsyncEngine, seen: list[PersonSeen], seed: int
):
    await empty(engine)
    await consume(engine, in_batches(seen, random.Random(seed)))

    bit_by_bit = await state(engine)

    people = {member: person for member, person, _ in bit_by_bit["membership"]}
    assert people == {member: person for member, (person, *_) in resolved_at_once(seen)[0].items()}
