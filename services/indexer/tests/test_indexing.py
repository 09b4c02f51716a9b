from itertools import permutations
from random import Random

import pytest
from bdc_contracts import DocumentChanged, DocumentRemoved, Event
from bdc_indexer.chunking import chunk_text
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from .conftest import Index
from .factories import ANN, belongs, changed, received, removed, words

LONG, SHORT = words(900), words(300)


async def test_a_document_that_shrinks_leaves_no_stale_chunk(index: Index) -> None:
    await index.publish(changed(text=LONG))
    assert len(await index.chunks()) == 5
    await index.publish(changed(text=SHORT, revised=1))
    assert len(await index.chunks()) == 2
    assert await index.rows("SELECT chunks FROM document") == [(2,)]


async def test_a_removed_document_leaves_no_chunk_and_cannot_be_found(index: Index) -> None:
    await index.publish(changed(text=LONG, title="Timer"))
    await index.publish(removed())
    assert await index.chunks() == []
    assert await index.found("timer") == []


async def test_an_older_revision_never_replaces_a_newer_one(index: Index) -> None:
    await index.publish(changed(text="the new text", revised=2))
    await index.publish(changed(text="the old text", revised=1), removed(revised=1))
    assert await index.chunks() == ["the new text"]


async def test_of_two_changes_of_one_moment_the_later_in_the_stream_is_in_force(index: Index) -> None:
    first, second = received(changed(text="first"), 7), received(changed(text="second"), 8)
    await index.deliver(second)
    await index.deliver(first)
    assert await index.chunks() == ["second"]


async def test_a_replayed_copy_of_a_superseded_fact_changes_nothing(index: Index) -> None:
    await index.deliver(received(changed(text="first"), 7), received(changed(text="second"), 8))
    await index.deliver(received(changed(text="first"), 99, replay="r1"))
    assert await index.chunks() == ["second"]


async def test_a_removal_of_the_same_moment_wins_in_either_order(index: Index) -> None:
    for document_id, events in (("a", 0), ("b", 1)):
        facts = [changed(document_id, "text"), removed(document_id, revised=0)]
        for event in facts if events else reversed(facts):
            await index.publish(event)
        assert await index.chunks(document_id) == []


async def test_a_document_that_comes_back_is_found_again(index: Index) -> None:
    await index.publish(changed(text="timer"), removed(revised=1), changed(text="timer", revised=2))
    assert await index.found("timer") == ["github:commit:asio:1"]


async def test_the_same_content_is_not_embedded_again(index: Index) -> None:
    await index.publish(changed(text=SHORT))
    embedded = index.embedder.texts
    await index.publish(changed(text=SHORT), changed(text=SHORT, revised=1), changed(text=SHORT, revised=2))
    assert index.embedder.texts == embedded
    assert len(await index.chunks()) == 2


async def test_new_labels_reach_the_chunks_of_an_unchanged_text(index: Index) -> None:
    await index.publish(changed(text="timer"))
    await index.publish(changed(text="timer", revised=1, container="boostorg/beast", author=ANN))
    assert await index.found("timer", container="boostorg/beast") == ["github:commit:asio:1"]
    assert await index.found("timer", container="boostorg/asio") == []


async def test_any_order_and_repetition_of_events_has_one_outcome(index: Index) -> None:
    facts = [
        received(removed("d", revised=2), 2),
        received(changed("d", words(500, "b"), revised=3), 3),
        received(changed("d", words(250, "c"), revised=3), 4),
    ]
    outcomes = set()
    for order in permutations(facts):
        await index.rows("DELETE FROM document RETURNING 1")
        for fact in (*order, *order[:2]):
            await index.deliver(fact)
        await index.deliver(*order)
        outcomes.add(tuple(await index.chunks("d")))
    assert len(outcomes) == 1
    assert outcomes.pop()[0].startswith("c0 ")


async def test_a_batch_may_hold_a_document_many_times(index: Index) -> None:
    await index.publish(*(changed(text=f"text {number}", revised=number) for number in range(50)))
    assert await index.chunks() == ["text 49"]


async def test_what_has_a_title_only_is_indexed_and_what_has_nothing_is_counted(index: Index) -> None:
    await index.publish(changed("titled", title="Release 1.90"), changed("empty", " \n "))
    assert await index.found("release 1.90") == ["titled"]
    assert await index.rows("SELECT document_id FROM document WHERE chunks = 0") == [("empty",)]


@pytest.mark.parametrize("text", ["nul \x00 timer", "astral 😀 timer", "wide \u3000 timer", "'\\ timer :* & |"])
async def test_any_text_can_be_indexed(index: Index, text: str) -> None:
    await index.publish(changed(text=text, title=text, author=ANN))
    assert await index.found("timer") == ["github:commit:asio:1"]


async def test_a_large_document_is_indexed_to_its_end(index: Index) -> None:
    await index.publish(changed(text=words(40_000) + " needle"))
    assert [hit.snippet.endswith("needle") for hit in await index.find("needle")] == [True]


async def test_the_greatest_revision_of_an_account_decides_whose_it_is(index: Index) -> None:
    await index.publish(belongs(ANN, "p2", "Ann B", revision=2))
    await index.publish(belongs(ANN, "p1", "Ann A", revision=1))
    assert await index.rows("SELECT person_id FROM account") == [("p2",)]


FACTS = st.lists(
    st.builds(
        lambda kind, text, hour: (
            removed("d", revised=hour) if kind else changed("d", words(text, f"w{text}x"), revised=hour)
        ),
        st.booleans(),
        st.sampled_from([0, 10, 300]),
        st.integers(0, 3),
    ),
    min_size=1,
    max_size=6,
)


@given(facts=FACTS, order=st.randoms(use_true_random=False), batch=st.integers(1, 4))
@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
async def test_the_index_is_the_newest_fact_however_facts_arrive(
    index: Index, facts: list[Event], order: Random, batch: int
) -> None:
    deliveries = [received(fact, place) for place, fact in enumerate(facts, start=1)]
    last = max(
        deliveries, key=lambda each: (each.event.revised_at, isinstance(each.event, DocumentRemoved), each.sequence)
    )
    await index.rows("DELETE FROM document RETURNING 1")
    repeated = deliveries + order.sample(deliveries, len(deliveries) // 2)
    order.shuffle(repeated)
    for start in range(0, len(repeated), batch):
        await index.deliver(*repeated[start : start + batch])
    text = last.event.text if isinstance(last.event, DocumentChanged) else ""
    assert await index.chunks("d") == [chunk.text for chunk in chunk_text(text)]
