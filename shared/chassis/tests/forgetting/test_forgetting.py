"""A service forgets a person: in its store, in the stream and among its dead letters, and says so."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import Any

import pytest
from bdc_chassis.bus import Bus, Publisher, ensure_consumers, run_projections
from bdc_chassis.bus.dead_letters import list_letters
from bdc_chassis.bus.tail import tail
from bdc_chassis.forgetting import TABLES, Erased, ForgottenPeople, Redactor, forgetting
from bdc_chassis.forgetting.collecting import collecting_publisher, forgotten_keys, tell_collectors
from bdc_chassis.forgetting.memory import remember
from bdc_chassis.settings import ChassisSettings
from bdc_chassis.store import create_engine
from bdc_contracts import (
    CommitFetched,
    DocumentChanged,
    ForgottenKeys,
    MessageDeadLettered,
    PersonErased,
    PersonForgotten,
    PersonRef,
    PersonSeen,
    Signature,
    email_subject,
)
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

NOON = datetime(2026, 1, 2, 12, tzinfo=UTC)
ANN, BEN = "ann@x.org", "ben@x.org"
NOBODY = ForgottenKeys(salt="s", hashes=())
REQUEST = PersonForgotten(
    request_id="f-1", keys=ForgottenKeys(salt="s", hashes=(NOBODY.hashed(email_subject(ANN)),)), requested_at=NOON
)


def seen(email: str) -> PersonSeen:
    return PersonSeen(domain="github", platform="git", account=f"X <{email}>", context="json", email=email)


def commit(author: str, committer: str) -> CommitFetched:
    return CommitFetched(
        repository="github.com/boostorg/json", sha="a" * 40, snapshot="s1", observed_at=NOON,
        author=Signature(name="Ann Lee", email=author, at=NOON),
        committer=Signature(name="B", email=committer, at=NOON),
        message=f"Fix\n\nSigned-off-by: Ann Lee <{author}>",
    )  # fmt: skip


@pytest.fixture
async def engine(make_settings: Callable[..., ChassisSettings]) -> AsyncIterator[AsyncEngine]:
    engine = create_engine(make_settings(ChassisSettings), "public")
    async with engine.begin() as tx:
        for statement in TABLES:
            await tx.execute(text(statement))
        await tx.execute(text("CREATE TABLE note (author text, said text)"))
        await tx.execute(text("INSERT INTO note VALUES (:ann, 'a'), (:ben, 'b')"), {"ann": ANN, "ben": BEN})
    yield engine
    await engine.dispose()


async def erase(tx: AsyncConnection, redactor: Redactor) -> Erased:
    authors = (await tx.execute(text("SELECT author FROM note"))).scalars()
    theirs = [author for author in authors if redactor.holds_email(author)]
    await tx.execute(text("DELETE FROM note WHERE author = ANY(:theirs)"), {"theirs": theirs})
    return Erased({"notes": len(theirs)})


@asynccontextmanager
async def running(bus: Bus, engine: AsyncEngine, projection: Any, settings: ChassisSettings) -> AsyncIterator[None]:
    await ensure_consumers(bus.js, "github", [projection])
    stop = asyncio.Event()
    task = asyncio.create_task(
        run_projections(bus, engine, [projection], settings=settings, stop=stop, service="github")
    )
    try:
        yield
    finally:
        stop.set()
        await task


async def confirmed(bus: Bus) -> PersonErased:
    async with asyncio.timeout(20):
        async for fact in tail(bus, PersonErased.subscription(), history=True):
            return PersonErased.model_validate_json(fact.payload)
    raise AssertionError


async def settled(bus: Bus) -> None:
    async with asyncio.timeout(20):
        while True:
            consumer = await bus.js.consumer_info("BDC_FACTS", "github-forgetting")
            if not consumer.num_pending and not consumer.num_ack_pending:
                return
            await asyncio.sleep(0.01)


async def on_the_bus(bus: Bus, subject: str = "bdc.v1.github.>") -> list[bytes]:
    return [fact.payload async for fact in tail(bus, subject, history=True, follow=False)]


async def publish(bus: Bus, *events: Any) -> None:
    async with Publisher(bus) as publisher:
        for event in events:
            await publisher.publish(event)


@pytest.fixture
def settings(make_settings: Callable[..., ChassisSettings]) -> ChassisSettings:
    return make_settings(ChassisSettings)


async def test_facts_about_them_go_and_facts_that_mention_them_stay_without_them(bus, engine, settings):
    document = DocumentChanged(
        domain="github", document_id="d", kind="commit", container="json", text=f"by {ANN}", revised_at=NOON,
        author=PersonRef.of_address("git", "Ann Lee", ANN),
    )  # fmt: skip
    large = commit(ANN, BEN).model_copy(update={"sha": "c" * 40, "message": ANN + " x" * 300_000})
    await publish(bus, seen(ANN), seen(BEN), commit(ANN, BEN), document, large, REQUEST)

    async with running(bus, engine, forgetting("github", erase), settings):
        done = await confirmed(bus)

    left = await on_the_bus(bus)
    assert not [fact for fact in left if b"ann" in fact.lower()]
    assert len([fact for fact in left if BEN.encode() in fact]) == 3
    assert {key: done.counts[key] for key in ("notes", "facts")} == {"notes": 1, "facts": 4}
    store = await bus.object_store("bdc-claims")
    assert len([each for each in await store.list() if not each.deleted]) == 1


async def test_dead_letters_that_hold_them_are_dropped(bus, engine, settings):
    letters = [
        MessageDeadLettered(
            service="github", consumer="github-store", original_subject="bdc.v1.github.person.seen", sequence=number,
            deliveries=5, payload=payload, error_class="ValueError", error=error, traceback="", failed_at=NOON,
        )
        for number, (payload, error) in enumerate([("e30=", f"bad address {ANN}"), ("YW5uQHgub3Jn", ""), ("e30=", BEN)])
    ]  # fmt: skip
    await publish(bus, *letters, REQUEST)

    async with running(bus, engine, forgetting("github", erase), settings):
        assert (await confirmed(bus)).counts["dead_letters"] == 2

    assert [found.letter.error for found in await list_letters(bus)] == [BEN]


async def test_what_was_interrupted_is_taken_up_and_then_confirmed_once(bus, engine, settings):
    attempts = []

    async def elsewhere(_: Redactor) -> dict[str, int]:
        attempts.append(1)
        if len(attempts) == 1:
            raise ConnectionError("the archive is away")
        return {"archived": 7}

    await publish(bus, REQUEST)
    async with running(bus, engine, forgetting("github", erase, elsewhere=elsewhere), settings):
        done = await confirmed(bus)
        await publish(bus, REQUEST.to_message().replayed("r-1"))
        await settled(bus)

    assert (done.counts["notes"], done.counts["archived"], len(attempts)) == (1, 7, 2)
    assert len(await on_the_bus(bus, PersonErased.subscription())) == 1


async def test_a_service_remembers_hashes_and_recognises_them(bus, engine, settings):
    await publish(bus, REQUEST)
    people = ForgottenPeople()
    async with engine.connect() as tx:
        assert await people.redactor(tx) is None

    async with running(bus, engine, forgetting("github", erase), settings):
        await confirmed(bus)

    async with engine.connect() as tx:
        redactor = await people.redactor(tx)
        stored = str((await tx.execute(text("SELECT * FROM forgotten"))).all())
    assert redactor is not None
    assert (redactor.sees(seen("Ann@X.org")), redactor.sees(seen(BEN))) == (True, False)
    assert "ann" not in stored


async def test_a_collector_that_still_sees_them_publishes_nothing_about_them(bus, engine, settings):
    await publish(bus, REQUEST)
    async with running(bus, engine, forgetting("github", erase), settings):
        await confirmed(bus)

    async with await collecting_publisher(bus, window=16) as publisher:
        for fact in (seen(ANN), seen(BEN), commit(ANN, BEN), commit(BEN, ANN).to_message()):
            await publisher.publish(fact)

    left = await on_the_bus(bus)
    assert not [fact for fact in left if ANN.encode() in fact]
    assert len([fact for fact in left if BEN.encode() in fact]) == 2


async def test_collectors_know_everybody_who_was_ever_forgotten(bus):
    await tell_collectors(bus, ForgottenKeys(salt="s", hashes=("1", "2")))
    await tell_collectors(bus, ForgottenKeys(salt="s", hashes=("2", "3")))

    keys = await forgotten_keys(bus)

    assert keys is not None
    assert set(keys.hashes) == {"1", "2", "3"}


async def test_who_forgets_waits_for_writers_that_do_not_know_of_it_yet(engine: AsyncEngine):
    async def forget() -> int:
        async with engine.begin() as tx:
            await remember(tx, REQUEST)
            return (await erase(tx, Redactor(REQUEST.keys))).counts["notes"]

    async with engine.begin() as writer:
        assert await ForgottenPeople().redactor(writer) is None
        forgetting_them = asyncio.create_task(forget())
        await waiting_for_a_lock(engine)
        await writer.execute(text("INSERT INTO note VALUES (:ann, 'more')"), {"ann": ANN})

    assert await forgetting_them == 2  # what was there, and what was written meanwhile
    async with engine.connect() as reader:
        assert await ForgottenPeople().redactor(reader) is not None


async def waiting_for_a_lock(engine: AsyncEngine) -> None:
    waiting = text(
        "SELECT count(*) FROM pg_stat_activity WHERE wait_event = 'advisory' AND datname = current_database()"
    )
    async with asyncio.timeout(20), engine.connect() as tx:
        while True:
            if (await tx.execute(waiting)).scalar_one():
                return
            await tx.rollback()
            await asyncio.sleep(0.01)
