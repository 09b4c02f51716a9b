"""A thread as a tree, whatever its messages say of each other."""

from datetime import UTC, datetime, timedelta

from bdc_mailing.trees import Branch, tree
from hypothesis import given
from hypothesis import strategies as st

BEGAN = datetime(2024, 1, 1, tzinfo=UTC)


def branch(name: str, *above: str, hours: int = 0, subject: str | None = None, orphan: bool = False) -> Branch:
    return Branch(f"key of {name}", name, above, BEGAN + timedelta(hours=hours), subject, orphan)


def drawn(branches: list[Branch]) -> str:
    return "\n".join("  " * place.depth + place.node_id + ("" if place.keys else "?") for place in tree(branches))


def test_answers_stand_below_in_the_order_of_time():
    found = [branch("a"), branch("c", "a", hours=3), branch("b", "a", hours=2), branch("d", "a", "b", hours=5)]
    assert drawn(found) == "a\n  b\n    d\n  c"


def test_a_missing_parent_has_its_place():
    found = [branch("a"), branch("c", "a", "b", hours=3), branch("d", "a", "b", hours=4), branch("e", "x", hours=9)]
    assert drawn(found) == "a\n  b?\n    c\n    d\nx?\n  e"


def test_an_answer_that_names_no_parent_stands_below_the_first_of_its_subject():
    found = [branch("a", subject="s"), branch("b", hours=2, subject="s", orphan=True)]
    assert drawn(found) == "a\n  b"


def test_messages_that_answer_each_other_begin_with_the_first():
    assert drawn([branch("b", "a"), branch("a", "b", hours=1)]) == "b\n  a"


def test_messages_that_share_an_id_share_a_place():
    first, second = branch("a"), Branch("other", "a", (), BEGAN)
    assert [place.keys for place in tree([second, first])] == [("key of a", "other")]


def test_a_long_chain_is_no_problem():
    found = [branch(str(number), *([str(number - 1)] if number else []), hours=number) for number in range(5000)]
    assert [place.depth for place in tree(found)] == list(range(5000))


names = st.sampled_from("abcdefgh")
branches = st.lists(
    st.builds(
        lambda name, above, hours: branch(name, *above, hours=hours),
        names,
        st.lists(names, max_size=3, unique=True),
        st.integers(0, 5),
    ),
    max_size=8,
    unique_by=lambda one: one.node_id,
)


@given(branches, st.randoms())
def test_every_message_has_one_place_and_order_changes_nothing(found: list[Branch], chance: object) -> None:
    places = tree(found)
    assert sorted(key for place in places for key in place.keys) == sorted(one.key for one in found)
    assert len({place.node_id for place in places}) == len(places)
    chance.shuffle(found)  # type: ignore[attr-defined]
    assert tree(found) == places
