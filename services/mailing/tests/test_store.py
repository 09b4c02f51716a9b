"""The store: what order and repetition of events leave behind, documents and replay."""

import random
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from bdc_contracts import DocumentChanged, MessageArchived, PersonSeen, ReplayRequested
from bdc_mailing.replay import replay
from bdc_mailing.service import SERVICE

from .conftest import mail
from .stored import LIST, content, empty, event, indexed, rows, store

FOOTER = "\n" + "_" * 47 + "\nUsers mailing list\nhttps://lists.example.org/listinfo/users"


ARCHIVE = [
    *(event(mail(number, References=f"<{number // 3 * 3}@example.org>" if number % 3 else "")) for number in range(12)),
    event(mail(1, body="Another message with the same id.")),
    event(mail(2, Message_ID="", body="No id at all.")),
    event(
        mail(3, body=f"Hello, list.{FOOTER}", Received="by x; Mon, 05 Jan 2004 12:00:00 +0000"),
        "users@lists.example.org",
    ),
    event(mail(3), "announce@lists.example.org"),
]


async def test_order_and_repetition_leave_the_same(service_database: Callable[..., Any]):
    engine = await service_database(SERVICE)
    await store(engine, ARCHIVE)
    expected = await content(engine)
    for seed in range(5):
        await empty(engine)
        shuffled = random.Random(seed).choices(ARCHIVE, k=20) + ARCHIVE
        random.Random(seed).shuffle(shuffled)
        for place in range(0, len(shuffled), 5):
            await store(engine, shuffled[place : place + 5], first=place + 1)
        assert await content(engine) == expected


async def test_a_message_on_three_lists_is_one_message_with_three_postings(service_database: Callable[..., Any]):
    engine = await service_database(SERVICE)
    await store(engine, ARCHIVE)
    query = """
        SELECT count(DISTINCT message_key), array_agg(list_address ORDER BY list_address) FROM posting
        WHERE key_id = '3@example.org'
    """
    assert await rows(engine, query) == [
        (1, ["announce@lists.example.org", "boost@lists.example.org", "users@lists.example.org"])
    ]


async def test_different_messages_with_one_id_are_two(service_database: Callable[..., Any]):
    engine = await service_database(SERVICE)
    await store(engine, ARCHIVE)
    assert await rows(engine, "SELECT count(*) FROM message WHERE key_id = '1@example.org'") == [(2,)]


async def test_answers_share_the_thread_of_their_first_reference(service_database: Callable[..., Any]):
    engine = await service_database(SERVICE)
    await store(engine, ARCHIVE)
    found = await rows(engine, "SELECT DISTINCT key_id FROM message WHERE thread_id = '6@example.org' ORDER BY 1")
    assert found == [("6@example.org",), ("7@example.org",), ("8@example.org",)]


async def test_a_document_holds_what_the_author_wrote(service_database: Callable[..., Any]):
    engine = await service_database(SERVICE)
    body = "On Monday Bob wrote:\n> quoted\n\nMine.\n\n-- \nAnn"
    (document,) = await store(engine, [event(mail(1, body=body))])
    assert isinstance(document, DocumentChanged)
    assert (document.title, document.text, document.container) == ("Subject 1", "Mine.", LIST)
    assert document.author is not None
    assert (document.author.platform, document.author.account) == ("mail", "Ann Lee <ann1@example.org>")
    assert document.occurred_at == datetime(2004, 1, 5, 10, 0, 1, tzinfo=UTC)
    assert await rows(engine, "SELECT text FROM posting") == [(body,)]


async def test_redelivery_publishes_the_same_documents(service_database: Callable[..., Any]):
    engine = await service_database(SERVICE)
    first = await store(engine, ARCHIVE)
    again = await store(engine, ARCHIVE)
    assert [one.event_id() for one in again] == [one.event_id() for one in first]


async def test_a_later_parse_replaces_an_earlier_one_and_not_the_reverse(service_database: Callable[..., Any]):
    engine = await service_database(SERVICE)
    old = event(mail(1))
    new = old.model_copy(update={"subject": "Better"})
    await store(engine, [new], first=9)
    await store(engine, [old], first=3)
    assert await rows(engine, "SELECT subject FROM posting") == [("Better",)]


async def test_a_text_that_is_read_better_replaces_the_document_of_the_former(service_database: Callable[..., Any]):
    engine = await service_database(SERVICE)
    old = event(mail(1))
    new = old.model_copy(update={"text": "Better."})
    documents = await store(engine, [old])
    documents += await store(engine, [new], first=9)
    again = await store(engine, [new], first=9)
    assert [one.event_id() for one in again] == [one.event_id() for one in documents[1:]]
    assert [one.text for one in indexed(documents).values()] == ["Better."]


async def test_replay_gives_the_events_again_under_their_ids(service_database: Callable[..., Any]):
    engine = await service_database(SERVICE)
    documents = await store(engine, ARCHIVE)
    request = ReplayRequested(request_id="r", service="mailing", requested_at=datetime.now(UTC))
    async with engine.connect() as connection:
        found = [one async for one in replay(connection, request)]
    ids = {one.event_id() for one in found if not isinstance(one, PersonSeen)}
    assert ids == {one.event_id() for one in (*ARCHIVE, *documents)}
    assert {one.account for one in found if isinstance(one, PersonSeen)} == {
        f"Ann Lee <ann{n}@example.org>" for n in range(7)
    }


async def test_replay_of_one_list_and_type_is_that(service_database: Callable[..., Any]):
    engine = await service_database(SERVICE)
    await store(engine, ARCHIVE)
    request = ReplayRequested(
        request_id="r",
        service="mailing",
        types=("mailing.message.archived",),
        keys=("users@lists.example.org",),
        requested_at=datetime.now(UTC),
    )
    async with engine.connect() as connection:
        found = [one async for one in replay(connection, request)]
    assert [one.list_address for one in found if isinstance(one, MessageArchived)] == ["users@lists.example.org"]


async def test_replayed_events_rebuild_an_empty_store(service_database: Callable[..., Any]):
    engine = await service_database(SERVICE)
    await store(engine, ARCHIVE)
    expected = await content(engine)
    request = ReplayRequested(request_id="r", service="mailing", requested_at=datetime.now(UTC))
    async with engine.connect() as connection:
        found = [one async for one in replay(connection, request) if isinstance(one, MessageArchived)]
    await empty(engine)
    await store(engine, found, first=100)
    assert await content(engine) == expected
