import pytest
from bdc_chassis.cursor import Cursor, CursorConflict
from bdc_chassis.errors import ValidationFailed
from bdc_chassis.keys import partition_key
from bdc_contracts.streams import CURSORS
from hypothesis import given
from hypothesis import strategies as st
from nats.js.kv import VALID_KEY_RE

PARTITION = "https://example.org/boostorg/asio.git"


async def test_before_the_first_run_there_is_none(bus):
    assert await Cursor(bus, "github", PARTITION).load() == (None, 0)


async def test_what_is_saved_is_loaded(bus):
    cursor = Cursor(bus, "github", PARTITION)
    await cursor.save({"tips": {"refs/heads/größer": "abc"}})
    await cursor.save({"tips": {}})

    assert await Cursor(bus, "github", PARTITION).load() == ({"tips": {}}, 2)


async def test_of_two_runs_the_second_to_save_stops(bus):
    first, second = Cursor(bus, "github", PARTITION), Cursor(bus, "github", PARTITION)
    await first.load()
    await second.load()
    await first.save({"at": 1})

    with pytest.raises(CursorConflict, match="moved by another run"):
        await second.save({"at": 2})

    assert (await Cursor(bus, "github", PARTITION).load())[0] == {"at": 1}


async def test_a_save_whose_answer_was_lost_counts(bus):
    cursor, twin = Cursor(bus, "github", PARTITION), Cursor(bus, "github", PARTITION)
    await twin.save({"at": 1})

    await cursor.save({"at": 1})
    await cursor.save({"at": 2})


async def test_partitions_do_not_share_a_cursor(bus):
    await Cursor(bus, "github", "a.b").save({"at": 1})

    assert await Cursor(bus, "github", "a b").load() == (None, 0)


async def test_a_deleted_cursor_starts_over(bus):
    await Cursor(bus, "github", "x").save({"at": 1})
    await (await bus.key_value(CURSORS.name)).delete("github.x")

    cursor = Cursor(bus, "github", "x")
    assert (await cursor.load())[0] is None
    await cursor.save({"at": 2})
    assert (await cursor.load())[0] == {"at": 2}


async def test_a_cursor_that_is_no_json_object_says_what_to_do(bus):
    await (await bus.key_value(CURSORS.name)).put("github.x", b"[1]")

    with pytest.raises(ValidationFailed, match="delete it to start over"):
        await Cursor(bus, "github", "x").load()


@given(st.text())
def test_any_partition_name_is_a_valid_key(name):
    key = partition_key("boost-catalog", name)
    assert VALID_KEY_RE.match(key)
    assert not key.endswith(".")


@given(st.text(), st.text())
def test_different_partitions_have_different_keys(one, other):
    assert (partition_key("s", one) == partition_key("s", other)) == (one == other)
