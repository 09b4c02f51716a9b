"""Somebody asks to be forgotten: what store and documents have of them afterwards, and when mail comes again."""

import random
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from bdc_chassis.forgetting import FORGOTTEN, Erased, Redactor
from bdc_contracts import ForgottenKeys, MessageArchived, PersonForgotten, PersonSeen, ReplayRequested, email_subject
from bdc_mailing.forgetting import erase
from bdc_mailing.replay import replay
from bdc_mailing.service import SERVICE
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from .conftest import mail
from .stored import content, empty, event, indexed, rows, store, store_in_batches

ANN, BEN = "Ann Mary Lee <ann.lee@example.org>", "Ben Lee <ben.lee@example.org>"
NOBODY = ForgottenKeys(salt="pepper", hashes=())
KEYS = ForgottenKeys(salt="pepper", hashes=(NOBODY.hashed(email_subject("ann.lee@example.org")),))
NOON = datetime(2026, 1, 2, 12, tzinfo=UTC)
SIGNED = "Mail me at ann.lee@example.org.\n\n-- \nAnn Mary, Munich"
NAMED = "On Monday Ann Mary Lee wrote:\n> Mail\n\nYes."
ADDRESSED = "Ann.Lee@Example.org wrote:\n> x\n\nNo."
ARCHIVE = [
    event(mail(1, From=ANN, To=BEN, body=SIGNED), source="a"),
    event(mail(2, From=BEN, To=ANN, References="<1@example.org>", body=NAMED), source="a"),
    event(mail(3, From=BEN, Cc=ANN, body=ADDRESSED), source="a"),
    event(mail(4, From="ANN <ANN.LEE@example.org>", Message_ID="", body="Nameless."), source="b"),
    event(mail(5, From="Ann Lee <other@example.org>", body="I am another."), source="b"),
]


async def remember(engine: AsyncEngine) -> None:
    async with engine.begin() as tx:
        await tx.execute(
            text("INSERT INTO forgotten SELECT unnest(CAST(:hashes AS text[])), :salt, 'r' ON CONFLICT DO NOTHING"),
            {"hashes": list(KEYS.hashes), "salt": KEYS.salt},
        )


async def forget(engine: AsyncEngine) -> Erased:
    await remember(engine)
    async with engine.begin() as tx:
        return await erase(tx, Redactor(KEYS))


async def everything(engine: AsyncEngine) -> str:
    tables = ("posting", "sighting", "message", "thread", "thread_node", "removal")
    return str([await rows(engine, f"SELECT * FROM {table}") for table in tables])


async def test_nothing_of_them_is_left_in_store_and_documents(service_database: Callable[..., Any]):
    engine = await service_database(SERVICE)
    documents = await store(engine, ARCHIVE)
    erased = await forget(engine)
    assert erased.counts == {"messages": 2, "mentions": 2}
    left = (await everything(engine)) + str(indexed([*documents, *erased.events]))
    for trace in ("ann.lee", "ANN.LEE", "Ann Mary", "Munich"):
        assert trace not in left
    assert "Mail me at [forgotten]." in left
    assert "other@example.org" in left
    assert await rows(engine, "SELECT count(*) FROM message") == [(5,)]
    nobody = "SELECT count(*) FROM posting WHERE sender_name = '[forgotten]' AND account IS NULL"
    assert await rows(engine, nobody) == [(2,)]
    assert len([one for one in indexed([*documents, *erased.events]).values() if one.kind == "message"]) == 5


@pytest.mark.parametrize("seed", range(3))
async def test_mail_that_comes_again_is_stored_as_if_it_had_been_there(service_database: Callable[..., Any], seed: int):
    engine = await service_database(SERVICE)
    await store(engine, ARCHIVE)
    await forget(engine)
    expected = await content(engine)
    again = list(ARCHIVE)
    random.Random(seed).shuffle(again)
    await store_in_batches(engine, again, 2)
    assert await content(engine) == expected
    await empty(engine)
    await store(engine, again, first=50)
    assert await content(engine) == expected


async def test_forgetting_twice_changes_nothing_more(service_database: Callable[..., Any]):
    engine = await service_database(SERVICE)
    await store(engine, ARCHIVE)
    await forget(engine)
    before = await content(engine)
    assert (await forget(engine)).counts == {"messages": 0, "mentions": 0}
    assert await content(engine) == before


async def test_a_replay_gives_messages_without_them_and_no_sighting(service_database: Callable[..., Any]):
    engine = await service_database(SERVICE)
    await store(engine, ARCHIVE)
    await forget(engine)
    request = ReplayRequested(request_id="r", service="mailing", requested_at=NOON)
    async with engine.connect() as connection:
        found = [one async for one in replay(connection, request)]
    assert "ann.lee" not in "".join(one.to_json().decode().lower() for one in found)
    assert {one.account for one in found if isinstance(one, PersonSeen)} == {BEN, "Ann Lee <other@example.org>"}
    senders = [one.sender.name for one in found if isinstance(one, MessageArchived) and one.sender]
    assert senders.count(FORGOTTEN) == 2


async def test_the_service_listens_to_requests():
    projections = SERVICE.projections(None) if SERVICE.projections else ()
    assert [one.durable for one in projections if PersonForgotten in one.events] == ["mailing-forgetting"]


async def test_an_address_that_a_reply_gives_as_an_id_is_no_thread_any_more(service_database: Callable[..., Any]):
    engine = await service_database(SERVICE)
    await store(engine, [event(mail(7, From=BEN, In_Reply_To="<Ann.Lee@example.org>", body="Yes."), source="a")])
    assert "ann.lee@example.org" in (await everything(engine)).lower()
    await forget(engine)
    assert "ann.lee@example.org" not in (await everything(engine)).lower()
