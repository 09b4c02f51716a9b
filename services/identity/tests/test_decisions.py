"""Decisions: which are in force, whatever the order in which they become known."""

import random
from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from bdc_contracts import DecisionMade
from bdc_identity.constraints import Constraint, Ruling, decreed
from bdc_identity.decisions import Decision, Verb, constraints_of, in_force, sentence
from bdc_identity.store.decisions import active_constraints, save_decisions
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from .conftest import NOON


def decision(id_: str, verb: Verb = Verb.MERGE, *, day: int = 0, **fields: Any) -> Decision:
    return Decision(id_, verb, NOON + timedelta(days=day), "ann", **fields)


def test_an_undo_takes_a_decision_back_and_undoing_the_undo_brings_it_back():
    merge, undo = decision("m"), decision("u", Verb.UNDO, day=1, undoes="m")
    redo = decision("r", Verb.UNDO, day=2, undoes="u")

    assert in_force([merge]) == {"m"}
    assert in_force([undo, merge]) == {"u"}
    assert in_force([undo, redo, merge]) == {"m", "r"}


def test_an_undo_reaches_only_what_is_older():
    first, second = decision("a", Verb.UNDO, undoes="b"), decision("b", Verb.UNDO, day=1, undoes="a")

    assert in_force([first, second]) == {"b"}
    assert in_force([decision("self", Verb.UNDO, undoes="self")]) == {"self"}


def test_a_split_holds_apart_and_keeps_each_side_together():
    left, right = frozenset("ab"), frozenset("cd")

    apart, *together = constraints_of(decision("s", Verb.SPLIT, left=left, right=right, note="Another Ann."))

    assert (apart.ruling, apart.profiles, apart.others) == (Ruling.APART, left, right)
    assert [(each.ruling, each.profiles) for each in together] == [(Ruling.TOGETHER, left), (Ruling.TOGETHER, right)]
    assert apart.reason == "Split by ann on 2024-05-01: Another Ann."


def test_an_import_says_where_it_came_from():
    assert sentence(decision("m", origin="boost")) == "Merged by the mail map of boost."


def test_the_newest_name_of_any_member_is_the_persons():
    def named(id_: str, day: int, *profiles: str) -> Constraint:
        return constraints_of(decision(id_, Verb.NAME, day=day, left=frozenset(profiles), value=f"Name {id_}"))[0]

    constraints = [named("1", 0, "a", "b"), named("2", 2, "b"), named("3", 1, "c")]

    assert decreed({"a", "b", "c"}, constraints, Ruling.NAMED) == "Name 2"
    assert decreed({"a", "c"}, constraints, Ruling.NAMED) == "Name 3"
    assert decreed({"x"}, constraints, Ruling.NAMED) is None


def made(id_: str, verb: str = "merge", *, day: int = 0, **fields: Any) -> DecisionMade:
    return DecisionMade(decision_id=id_, verb=verb, actor="ann", decided_at=NOON + timedelta(days=day), **fields)


async def save(engine: AsyncEngine, *events: DecisionMade) -> frozenset[str]:
    async with engine.begin() as tx:
        return await save_decisions(tx, events)


async def constraints(engine: AsyncEngine, *profiles: str) -> list[Constraint]:
    async with engine.connect() as tx:
        return await active_constraints(tx, profiles)


async def test_a_decision_is_found_by_any_profile_that_it_names(engine: AsyncEngine):
    await save(engine, made("1", left=("a",), right=("b", "c")), made("2", "reject", left=("x",), right=("y",)))

    assert [each.id for each in await constraints(engine, "c", "z")] == ["1"]
    assert await constraints(engine, "z") == []


async def test_saving_says_whom_it_concerns_and_repetition_concerns_nobody(engine: AsyncEngine):
    merge, undo = made("1", left=("a",), right=("b",)), made("2", "undo", day=1, undoes="1")

    assert await save(engine, merge) == {"a", "b"}
    assert await save(engine, merge) == frozenset()
    assert await save(engine, undo) == {"a", "b"}
    assert await constraints(engine, "a", "b") == []


async def test_a_copy_without_somebody_who_was_forgotten_replaces_the_original_for_good(engine: AsyncEngine):
    whole = made("1", "split", left=("a",), right=("b", "gone"), note="Not Ann Lee.")
    rest = made("1", "split", left=("a",), right=("b",))

    await save(engine, whole)
    await save(engine, rest)
    await save(engine, whole)

    (apart, *_) = await constraints(engine, "a")
    assert (apart.others, apart.reason) == ({"b"}, "Split by ann on 2024-05-01.")
    assert await constraints(engine, "gone") == []


async def test_text_that_postgresql_refuses_and_verbs_of_the_future_harm_nobody(engine: AsyncEngine):
    await save(engine, made("1", left=("a\x00",), right=("b",), note="\x00"), made("2", "beatify", left=("b",)))

    assert [each.id for each in await constraints(engine, "b")] == ["1"]


profiles = st.sets(st.sampled_from("abcd"), max_size=3).map(lambda each: tuple(sorted(each)))
decisions = st.builds(
    made,
    st.sampled_from("123456"),
    st.sampled_from([each.value for each in Verb]),
    day=st.integers(0, 3),
    left=profiles,
    right=profiles,
    undoes=st.none() | st.sampled_from("123456"),
)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(made=st.lists(decisions, max_size=8, unique_by=lambda each: each.decision_id), seed=st.integers())
async def test_order_and_repetition_of_decisions_change_nothing(
    engine: AsyncEngine, made: Sequence[DecisionMade], seed: int
):
    await empty(engine)
    await save(engine, *made)
    at_once = await stored(engine)
    again = [*made, *made]
    random.Random(seed).shuffle(again)
    await empty(engine)

    for event in again:
        await save(engine, event)

    assert await stored(engine) == at_once


async def empty(engine: AsyncEngine) -> None:
    async with engine.begin() as tx:
        await tx.execute(text("TRUNCATE decision, decision_profile"))


async def stored(engine: AsyncEngine) -> list[Any]:
    async with engine.connect() as tx:
        named = await tx.execute(text("SELECT * FROM decision_profile ORDER BY 1, 2"))
        return [*(await tx.execute(text("SELECT * FROM decision ORDER BY id"))).all(), *named.all()]
