"""Threads are a function of the set of messages, and their documents follow."""

import asyncio
import random
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from bdc_contracts import Address, DocumentChanged, DocumentRemoved, MessageArchived
from bdc_mailing.posting import Posting
from bdc_mailing.service import SERVICE
from bdc_mailing.threads import SUBJECT_WINDOW, Node, base_subject, nodes_of, rank

from .stored import LIST, content, empty, indexed, rows, store, store_in_batches

BEGAN = datetime(2024, 1, 1, tzinfo=UTC)
OTHER_LIST = "users@lists.example.org"


def message(
    name: str,
    *above: str,
    subject: str = "",
    hours: int = 0,
    list_address: str = LIST,
    text: str = "",
    author: str = "Ann",
) -> MessageArchived:
    """Return a message that names its ancestors."""
    return MessageArchived(
        list_address=list_address,
        key_id=name,
        message_id=name,
        sha256=name,
        subject=subject or f"About {name}",
        references=above,
        sender=Address(name=author, email=f"{author}@example.org"),
        date=BEGAN + timedelta(hours=hours),
        text=text or f"Text of {name}.",
    )


def threads_by_definition(found: Sequence[MessageArchived]) -> dict[str, str]:
    """Return the thread of each message as the definition says, without any memory."""
    postings = [Posting.of(one, 1) for one in found]
    nodes, links = nodes_of((one.node_id, one.ancestors, one.node()) for one in postings)
    for one in postings:
        for other in postings:
            moments = one.event.date, other.event.date
            if one.is_orphan and one.subject_key == other.subject_key and None not in moments:
                behind = moments[0] - moments[1]  # type: ignore[operator]
                if timedelta() <= behind <= SUBJECT_WINDOW:
                    links.append((other.node_id, one.node_id))
    group = {name: {name} for name in nodes}
    for left, right in links:
        joined = group[left] | group[right]
        group.update(dict.fromkeys(joined, joined))
    return {one.node_id: min(group[one.node_id], key=lambda name: rank(name, nodes[name])) for one in postings}


def conversation(chance: random.Random) -> list[MessageArchived]:
    """Return messages with broken, cut and contradicting references, missing parents, and orphans."""
    names = [f"m{number}" for number in range(30)]
    found = []
    for number, name in enumerate(names):
        subject = f"Topic {number % 4}"
        above: list[str] = []
        if number and chance.random() < 0.6:
            above = chance.sample(names, k=chance.randint(1, 3))
        if chance.random() < 0.4:
            subject = f"Re: {subject}"
        list_address = chance.choice((LIST, OTHER_LIST))
        hours = chance.randrange(0, 24 * 90)
        if chance.random() < 0.8:
            found.append(message(name, *above, subject=subject, hours=hours, list_address=list_address))
    return found


@pytest.mark.parametrize("seed", range(12))
async def test_threads_are_what_the_definition_says_in_any_order(service_database: Callable[..., Any], seed: int):
    engine = await service_database(SERVICE)
    chance = random.Random(seed)
    found = conversation(chance)
    expected = sorted(threads_by_definition(found).items())
    states = []
    for size in (1, 4, 100):
        await empty(engine)
        chance.shuffle(found)
        documents = await store_in_batches(engine, found + chance.sample(found, 5), size)
        assert await rows(engine, 'SELECT key_id, thread_id FROM message ORDER BY key_id COLLATE "C"') == expected
        states.append(await content(engine))
        index = indexed(documents)
        shown = {one.thread for one in index.values() if one.kind == "thread"}
        several = {thread for _, thread in expected if sum(other == thread for _, other in expected) > 1}
        assert shown == several
        assert {one.thread for one in index.values() if one.kind == "message"} == {thread for _, thread in expected}
    assert states[0] == states[1] == states[2]


@pytest.mark.parametrize("seed", range(4))
async def test_replicas_that_store_at_once_end_where_one_would(service_database: Callable[..., Any], seed: int):
    engine = await service_database(SERVICE)
    chance = random.Random(seed)
    found = conversation(chance)
    await store(engine, found)
    expected = await content(engine)
    await empty(engine)
    chance.shuffle(found)
    await asyncio.gather(*(store(engine, found[part::4], first=part + 1) for part in range(4)))
    assert await content(engine) == expected


async def test_a_missing_parent_holds_its_answers_together_and_is_filled_in(service_database: Callable[..., Any]):
    engine = await service_database(SERVICE)
    await store(engine, [message("a", "root", hours=2), message("b", "root", hours=3)])
    query = "SELECT thread_id, root_key IS NULL, messages FROM thread"
    assert await rows(engine, query) == [("root", True, 2)]
    await store(engine, [message("root", hours=1)], first=10)
    assert await rows(engine, query) == [("root", False, 3)]


async def test_a_message_that_joins_two_threads_moves_the_documents_of_one(service_database: Callable[..., Any]):
    engine = await service_database(SERVICE)
    first = [message("a", hours=1), message("a1", "a", hours=2), message("b", hours=3), message("b1", "b", hours=4)]
    documents = await store(engine, first)
    joining = message("c", "a", "b", hours=5)
    moved = await store(engine, [joining], first=10)
    again = await store(engine, [joining], first=10)
    assert [one.event_id() for one in moved] == [one.event_id() for one in again]
    assert [one.document_id for one in moved if isinstance(one, DocumentRemoved)] == ["mailing:thread:b"]
    index = indexed([*documents, *moved])
    assert {one.thread for one in index.values()} == {"a"}


async def test_a_thread_crosses_lists(service_database: Callable[..., Any]):
    engine = await service_database(SERVICE)
    await store(engine, [message("a"), message("b", "a", list_address=OTHER_LIST, hours=1)])
    assert await rows(engine, "SELECT lists, messages FROM thread") == [([LIST, OTHER_LIST], 2)]


async def test_an_answer_that_names_no_parent_joins_its_subject_for_some_time(service_database: Callable[..., Any]):
    engine = await service_database(SERVICE)
    late = SUBJECT_WINDOW // timedelta(hours=1) + 13
    await store(
        engine,
        [
            message("a", subject="[boost] Releases"),
            message("b", subject="AW: Re[2]: [boost] releases", hours=10),
            message("c", subject="Re: Releases", hours=late),
            message("d", subject="Releases", hours=12),
            message("e", subject="Re: Releases", hours=11, list_address=OTHER_LIST),
        ],
    )
    found = dict(await rows(engine, "SELECT key_id, thread_id FROM message"))
    assert found == {"a": "a", "b": "a", "c": "c", "d": "d", "e": "e"}


async def test_a_thread_document_has_subject_participants_and_what_was_said_in_order(
    service_database: Callable[..., Any],
):
    engine = await service_database(SERVICE)
    answer = message("b", "a", subject="Re: Topic", hours=2, text="Bob wrote:\n> First.\n\nSecond.", author="Bob")
    first = message("a", subject="Topic", hours=1, text="First.", author="Ann")
    documents = await store(engine, [answer, first])
    (thread,) = [one for one in documents if isinstance(one, DocumentChanged) and one.kind == "thread"]
    assert (thread.title, thread.container, thread.thread) == ("Topic", LIST, "a")
    assert thread.text == "Ann, Bob\n\nFirst.\n\nSecond."


async def test_a_message_alone_has_no_document_of_a_thread(service_database: Callable[..., Any]):
    engine = await service_database(SERVICE)
    assert [one.document_id.split(":")[1] for one in await store(engine, [message("a")])] == ["message"]


@pytest.mark.parametrize(
    ("subject", "base", "is_reply"),
    [
        ("Re: [boost] Hello  World", "hello world", True),
        ("[boost] Re: Hello World", "hello world", True),
        ("AW: Antw: SV: hello", "hello", True),
        ("Re[2]: hello (was: Goodbye)", "hello", True),
        ("\u56de\u590d\uff1a hello", "hello", True),
        ("Review: hello", "review: hello", False),
        ("[PATCH 1/2] mips: fix", "mips: fix", False),
        ("Re:", "", True),
        ("[boost]", "", False),
        ("", "", False),
    ],
)
def test_subjects_are_compared_without_what_programs_add(subject: str, base: str, is_reply: bool):
    assert base_subject(subject) == (base, is_reply)


def test_a_cycle_of_references_has_a_first_message():
    nodes, _ = nodes_of([("a", ("b",), Node(known=True)), ("b", ("a",), Node(known=True))])
    assert all(node.preceded for node in nodes.values())
    assert min(nodes, key=lambda name: rank(name, nodes[name])) == "a"
