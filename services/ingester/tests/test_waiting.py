"""Whose turn it is: arrivals and backlog alternate, and in each of them the origins do."""

import asyncio

import pytest
from bdc_ingester.discovery.looking import Found, look
from bdc_ingester.discovery.waiting import Lane, Waiting
from hypothesis import given
from hypothesis import strategies as st


def found(name: str, origin: str = "", size: int = 1) -> Found:
    return Found(name, origin, size)


def names(files: list[Found]) -> list[str]:
    return [each.name for each in files]


def test_one_origin_with_many_files_does_not_keep_another_one_waiting():
    waiting = Waiting(100)
    waiting.add([found(f"a{number}", "a") for number in range(50)], arrived=False)
    waiting.add([found("b0", "b"), found("c0", "c")], arrived=False)

    assert names(waiting.take(5, 100)) == ["a0", "b0", "c0", "a1", "a2"]


def test_a_new_arrival_does_not_wait_for_the_backlog():
    waiting = Waiting(1000)
    waiting.add([found(f"old{number}") for number in range(500)], arrived=False)
    waiting.add([found("new0"), found("new1")], arrived=True)

    assert set(names(waiting.take(4, 100))) == {"old0", "old1", "new0", "new1"}


def test_an_order_is_no_larger_than_asked_but_for_a_single_large_file():
    waiting = Waiting(10)
    waiting.add([found("a", size=900), found("b", size=60), found("c", size=60), found("d", size=60)], arrived=False)

    assert [names(waiting.take(10, 100)) for _ in range(3)] == [["a"], ["b", "c"], ["d"]]


async def test_a_full_window_makes_the_scan_wait_until_there_is_room():
    waiting = Waiting(8)
    waiting.add([found(str(number)) for number in range(20)], arrived=False)
    assert len(waiting) == 8

    room = asyncio.create_task(waiting.wait_for_room())
    await asyncio.sleep(0)
    waiting.take(1, 100)
    await asyncio.sleep(0)
    assert not room.done()

    waiting.take(2, 100)
    await asyncio.wait_for(room, 1)


@given(st.lists(st.tuples(st.sampled_from("abc"), st.integers(0, 30))))
def test_every_file_has_its_turn_once_and_those_of_an_origin_in_their_order(files):
    lane = Lane()
    for origin, number in files:
        lane.add(found(f"{origin}{number}", origin))

    taken = []
    while (each := lane.take()) is not None:
        taken.append(each)

    for origin in "abc":
        assert [each.name for each in taken if each.origin == origin] == [f"{o}{n}" for o, n in files if o == origin]
    assert len(lane) == 0


@pytest.mark.parametrize(
    ("data", "origin"),
    [(b'{"tests": [{"origin" : "maestro"}]}', "maestro"), (b"nothing", ""), (b'{"origin": "NOT an origin"}', "")],
)
def test_a_look_at_a_file_tells_its_origin_and_size(tmp_path, data, origin):
    (tmp_path / "a.json").write_bytes(data)

    seen = look(tmp_path, "a.json")

    assert (seen.origin, seen.size) == (origin, len(data))


def test_a_look_at_what_is_gone_or_a_link_sees_nothing(tmp_path):
    (tmp_path / "link.json").symlink_to("/etc/passwd")

    assert look(tmp_path, "gone.json") == Found("gone.json")
    assert look(tmp_path, "link.json") == Found("link.json")
