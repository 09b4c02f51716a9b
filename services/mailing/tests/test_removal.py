"""Messages that leave an archive, come back, or are changed there."""

import itertools
import random
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

from bdc_contracts import DocumentRemoved, Event, MessageArchived, MessageRemoved, ReplayRequested
from bdc_mailing.replay import replay
from bdc_mailing.service import SERVICE

from .conftest import mail
from .stored import LIST, content, empty, event, indexed, rows, store, store_in_batches

NOON = datetime(2024, 5, 1, 12, tzinfo=UTC)


def removed(source: str, *, sha256: str | None = None, hours: int = 0, number: int = 1) -> MessageRemoved:
    return MessageRemoved(
        list_address=LIST,
        key_id=f"{number}@example.org",
        source=source,
        sha256=sha256,
        observed_at=NOON + timedelta(hours=hours),
    )


async def gone(engine: Any) -> list[bool]:
    return [found for (found,) in await rows(engine, "SELECT removed_at IS NOT NULL FROM message ORDER BY message_key")]


async def test_what_one_archive_removes_and_another_holds_stays(service_database: Callable[..., Any]):
    engine = await service_database(SERVICE)
    documents = await store(engine, [event(mail(1), source="a"), event(mail(1), source="b"), removed("a")])
    assert await gone(engine) == [False]
    assert len(indexed(documents)) == 1


async def test_what_no_archive_holds_any_more_has_no_document(service_database: Callable[..., Any]):
    engine = await service_database(SERVICE)
    documents = await store(engine, [event(mail(1), source="a"), event(mail(1), source="b")])
    documents += await store(engine, [removed("a"), removed("b", hours=1)], first=10)
    assert await gone(engine) == [True]
    assert isinstance(documents[-1], DocumentRemoved)
    assert indexed(documents) == {}


async def test_an_edited_message_replaces_the_former_one(service_database: Callable[..., Any]):
    engine = await service_database(SERVICE)
    old, new = event(mail(1, body="Old."), source="a"), event(mail(1, body="New."), source="a")
    documents = await store(engine, [old])
    documents += await store(engine, [new, removed("a", sha256=old.sha256)], first=10)
    assert [one.text for one in indexed(documents).values()] == ["New."]
    assert sorted(await gone(engine)) == [False, True]


async def test_what_is_shown_again_is_there_again(service_database: Callable[..., Any]):
    engine = await service_database(SERVICE)
    first = event(mail(1), source="a")
    again = first.model_copy(update={"seen_again_at": NOON + timedelta(hours=2)})
    documents = await store(engine, [first, removed("a"), again])
    assert await gone(engine) == [False]
    documents += await store(engine, [removed("a", hours=3)], first=10)
    assert indexed(documents) == {}


async def test_any_order_repetition_and_replay_end_in_the_same_state(service_database: Callable[..., Any]):
    engine = await service_database(SERVICE)
    first = event(mail(1), source="a")
    facts: list[Event] = [
        first,
        event(mail(1), source="b"),
        removed("a"),
        first.model_copy(update={"seen_again_at": NOON + timedelta(hours=1)}),
        removed("a", hours=2),
        removed("b", sha256=first.sha256, hours=2),
        event(mail(2, References="<1@example.org>"), source="a"),
        event(mail(3, References="<1@example.org>"), source="a"),
        removed("a", number=3),
    ]
    await store(engine, facts)
    expected = await content(engine)
    assert sorted(await gone(engine)) == [False, True, True]
    chance = random.Random(3)
    for order in itertools.islice(itertools.permutations(facts), 0, 362_880, 30_011):
        await empty(engine)
        documents = await store_in_batches(engine, [*order, *chance.sample(facts, 3)], chance.choice((1, 2, 5)))
        assert await content(engine) == expected
        assert [one.document_id for one in indexed(documents).values()] == [
            one.document_id for one in await store(engine, [facts[6]], first=1) if not isinstance(one, DocumentRemoved)
        ]
    request = ReplayRequested(request_id="r", service="mailing", requested_at=NOON)
    async with engine.connect() as connection:
        replayed = [one async for one in replay(connection, request)]
    await empty(engine)
    history = [one for one in replayed if isinstance(one, (MessageArchived, MessageRemoved))]
    await store(engine, history, first=100)
    assert await content(engine) == expected
