"""copy_upsert: sets of rows, idempotent under repetition and permutation, whatever text holds."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime

import pytest
import pytest_asyncio
from bdc_chassis.settings import ChassisSettings
from bdc_chassis.store import copy_upsert, create_engine
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import ARRAY, BigInteger, Column, Computed, DateTime, MetaData, Table, Text, select, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.ext.asyncio import AsyncEngine

facts = Table(
    "facts",
    MetaData(),
    Column("place", Text, primary_key=True),
    Column("name", Text, primary_key=True),
    Column("value", Text),
    Column("seq", BigInteger, nullable=False, server_default="0"),
    Column("tags", ARRAY(Text)),
    Column("extra", JSONB),
    Column("at", DateTime(timezone=True)),
)
KEY = ("place", "name")
NEWER = "t.seq < excluded.seq"
COLUMNS = ("place", "name", "value", "seq")


@pytest_asyncio.fixture
async def engine(database_url: str) -> AsyncIterator[AsyncEngine]:
    engine = create_engine(ChassisSettings(database_url=database_url), "public")
    async with engine.begin() as tx:
        await tx.run_sync(facts.metadata.create_all)
    yield engine
    await engine.dispose()


async def upsert(engine: AsyncEngine, rows, **options) -> int:
    async with engine.begin() as tx:
        return await copy_upsert(tx, facts, rows, key=KEY, **options)


async def stored(engine: AsyncEngine) -> dict[tuple[str, str], tuple[str, int]]:
    async with engine.connect() as tx:
        rows = await tx.execute(select(facts.c.place, facts.c.name, facts.c.value, facts.c.seq))
        return {(place, name): (value, seq) for place, name, value, seq in rows}


async def test_new_rows_are_inserted_and_counted(engine):
    rows = [("a", "x", "one", 1), ("a", "y", "two", 1)]

    assert await upsert(engine, rows, columns=COLUMNS) == 2
    assert await stored(engine) == {("a", "x"): ("one", 1), ("a", "y"): ("two", 1)}


async def test_no_rows_are_no_work(engine):
    assert await upsert(engine, []) == 0


async def test_mappings_name_their_columns(engine):
    at = datetime(2026, 1, 2, tzinfo=UTC)
    await upsert(engine, [{"place": "a", "name": "x", "seq": 3, "tags": ["t"], "extra": {"n": [1]}, "at": at}])

    async with engine.connect() as tx:
        row = (await tx.execute(select(facts))).mappings().one()
    assert (row["tags"], row["extra"], row["at"]) == (["t"], {"n": [1]}, at)
    assert row["value"] is None


async def test_an_older_version_never_replaces_a_newer_one(engine):
    await upsert(engine, [("a", "x", "new", 5)], columns=COLUMNS, newer=NEWER)

    assert await upsert(engine, [("a", "x", "old", 4)], columns=COLUMNS, newer=NEWER) == 0
    assert await stored(engine) == {("a", "x"): ("new", 5)}


async def test_without_a_version_only_differences_are_written(engine):
    rows = [("a", "x", "same", 1), ("a", "y", None, 1)]
    await upsert(engine, rows, columns=COLUMNS)

    assert await upsert(engine, rows, columns=COLUMNS) == 0
    assert await upsert(engine, [("a", "x", "other", 1), rows[1]], columns=COLUMNS) == 1


async def test_rows_that_are_only_a_key_are_inserted_once(engine):
    await upsert(engine, [("a", "x", 1)], columns=("place", "name", "seq"))
    only_key = Table("facts", MetaData(), Column("place", Text), Column("name", Text))

    async with engine.begin() as tx:
        assert await copy_upsert(tx, only_key, [("a", "x")], key=KEY) == 0


async def test_of_rows_with_one_key_the_last_counts(engine):
    await upsert(engine, [("a", "x", "first", 2), ("a", "x", "second", 1)], columns=COLUMNS)

    assert await stored(engine) == {("a", "x"): ("second", 1)}


async def test_of_rows_with_one_key_the_greatest_by_order_counts(engine):
    await upsert(engine, [("a", "x", "first", 2), ("a", "x", "second", 1)], columns=COLUMNS, order=("seq",))

    assert await stored(engine) == {("a", "x"): ("first", 2)}


async def test_two_upserts_in_one_transaction_do_not_mix(engine):
    async with engine.begin() as tx:
        assert await copy_upsert(tx, facts, [("a", "x", "1", 1)], key=KEY, columns=COLUMNS) == 1
        assert await copy_upsert(tx, facts, [("a", "y", "2", 1)], key=KEY, columns=COLUMNS) == 1


async def test_a_rolled_back_transaction_leaves_nothing(engine):
    async with engine.connect() as tx:
        await copy_upsert(tx, facts, [("a", "x", "1", 1)], key=KEY, columns=COLUMNS)
        await tx.rollback()

    assert await stored(engine) == {}
    assert await upsert(engine, [("a", "x", "2", 1)], columns=COLUMNS) == 1


async def test_a_row_that_the_database_refuses_refuses_all(engine):
    with pytest.raises(Exception, match="null value"):
        await upsert(engine, [("a", "x", "1", 1), ("a", "y", "2", None)], columns=COLUMNS)

    assert await stored(engine) == {}


async def test_names_that_need_quotes_are_quoted(engine):
    odd = Table("odd Name", MetaData(), Column("select", Text, primary_key=True), Column('a"b', Text))
    async with engine.begin() as tx:
        await tx.run_sync(odd.metadata.create_all)
        assert await copy_upsert(tx, odd, [("k", "v")], key=["select"]) == 1


async def test_a_computed_column_is_left_to_the_database(engine):
    sizes = Table(
        "sizes",
        MetaData(schema="public"),
        Column("k", Text, primary_key=True),
        Column("n", BigInteger, Computed("length(k)")),
    )
    async with engine.begin() as tx:
        await tx.run_sync(sizes.metadata.create_all)
        assert await copy_upsert(tx, sizes, [("four",)], key=["k"]) == 1
        assert (await tx.execute(select(sizes.c.n))).scalar() == 4


async def test_two_writers_of_the_same_rows_do_not_deadlock(engine):
    names = [f"n{number:04}" for number in range(2000)]

    async def write(order: list[str], seq: int) -> None:
        await upsert(engine, [("a", name, "v", seq) for name in order], columns=COLUMNS, newer=NEWER)

    for seq in range(3):
        await asyncio.gather(write(names, seq * 2), write(names[::-1], seq * 2 + 1))

    assert set((await stored(engine)).values()) == {("v", 5)}


async def test_the_catalogue_does_not_grow_with_the_number_of_batches(engine):
    async def relations() -> int:
        async with engine.connect() as tx:
            return (await tx.execute(text("SELECT count(*) FROM pg_class"))).scalar_one()

    await upsert(engine, [("a", "x", "1", 1)], columns=COLUMNS)
    before = await relations()
    for seq in range(5):
        await upsert(engine, [("a", "x", "1", seq)], columns=COLUMNS)
    assert await relations() == before


versions = st.tuples(st.sampled_from("ab"), st.sampled_from("xy"), st.integers(0, 5))
nasty = st.text(alphabet=st.characters(codec=None), max_size=20) | st.sampled_from(
    ["\x00", "a\x00b", "\ud800", "\\u0000"]
)


async def test_a_column_can_be_assigned_an_expression_over_the_stored_and_the_new_row(engine):
    assign = {"value": "t.value || '+' || excluded.value"}
    async with engine.begin() as tx:
        for value in ("a", "b"):
            await copy_upsert(tx, facts, [("p", "n", value, 1)], key=KEY, columns=COLUMNS, newer="true", assign=assign)

    assert await stored(engine) == {("p", "n"): ("a+b", 1)}


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(versions, max_size=12), st.randoms(use_true_random=False), st.integers(1, 4))
async def test_repetition_and_order_change_nothing(engine, facts_seen, random, batches):
    rows = [(place, name, f"{place}{name}{seq}", seq) for place, name, seq in facts_seen]
    expected = {(place, name): (value, seq) for place, name, value, seq in sorted(rows, key=lambda row: row[3])}
    shuffled = rows * 2
    random.shuffle(shuffled)
    async with engine.begin() as tx:
        await tx.execute(facts.delete())
        for start in range(batches):
            part = shuffled[start::batches]
            await copy_upsert(tx, facts, part, key=KEY, columns=COLUMNS, newer=NEWER, order=("seq",))

    assert await stored(engine) == expected


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    nasty,
    nasty,
    st.recursive(
        nasty | st.none() | st.integers(-5, 5),
        lambda inner: st.lists(inner, max_size=2) | st.dictionaries(nasty, inner, max_size=2),
        max_leaves=4,
    ),
)
async def test_any_text_can_be_stored(engine, value, tag, extra):
    row = {"place": "p", "name": "n", "value": value, "seq": 1, "tags": [tag, None], "extra": {"x": extra}}
    async with engine.begin() as tx:
        await tx.execute(facts.delete())
        assert await copy_upsert(tx, facts, [row], key=KEY) == 1
        back = (await tx.execute(select(facts))).mappings().one()
    plain = value.replace("\x00", "\ufffd").encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    assert back["value"].count("\x00") == 0
    assert len(back["value"]) == len(value)
    if plain == value:
        assert back["value"] == value
