import asyncio

import pytest
from bdc_chassis.bus import Publisher, Received, connect, ensure_consumers
from bdc_chassis.errors import NetworkError
from bdc_contracts import DocumentRemoved, Message, PersonSeen, streams
from bdc_contracts.event import TARGET_HEADER
from sqlalchemy import text


def accounts(count):
    return [f"a{number}" for number in range(count)]


async def test_every_event_is_stored_once_and_acknowledged(stage, eventually):
    await stage.publish(*accounts(2500))

    async with stage.projecting() as stats:
        await eventually(lambda: stats.acked == 2500)
        await eventually(stage.settled)

    assert await stage.ledger.rows() == dict.fromkeys(accounts(2500), 1)
    assert max(map(len, stage.ledger.batches)) == stage.settings.batch_size


async def test_a_handler_gets_the_event_with_its_circumstances(stage, person, eventually):
    seen = []

    async def handle(tx, batch):
        seen.extend(batch)
        return ()

    await stage.publish("ann")
    async with stage.projecting(handle):
        await eventually(lambda: seen)

    event = person("ann")
    assert seen == [Received(event, 1, event.event_id(), None, "bdc.v1.github.person.seen", 1)]


async def test_a_lone_event_does_not_wait_for_a_full_batch(stage, eventually):
    async with stage.projecting():
        await stage.publish("ann")
        async with asyncio.timeout(5):
            await eventually(lambda: stage.ledger.batches == [["ann"]])


async def test_one_unreadable_event_among_1000_is_a_dead_letter_and_the_rest_is_stored(stage, eventually):
    async with Publisher(stage.bus) as publisher:
        await publisher.publish(Message("bdc.v1.github.person.seen", b'{"domain": 7}', {"ce-id": "odd"}))
    await stage.publish(*accounts(999))

    async with stage.projecting() as stats:
        await eventually(lambda: stats.acked == 999 and stats.dead == 1)
        await eventually(stage.settled)

    assert len(await stage.ledger.rows()) == 999
    [letter] = await stage.letters()
    assert letter.letter.error_class == "ValidationError"
    assert letter.letter.headers == {"ce-id": "odd"}
    assert letter.letter.deliveries == 1


async def test_an_event_type_that_nobody_declared_is_a_dead_letter(stage, eventually):
    await stage.publish("ann")
    async with Publisher(stage.bus) as publisher:
        await publisher.publish(Message("bdc.v1.github.planet.seen", b"{}", {"ce-id": "odd"}))

    async with stage.projecting(subjects=("bdc.v1.github.>",)) as stats:
        await eventually(lambda: stats.acked == 1 and stats.dead == 1)

    assert "bdc.v1.github.planet.seen" in (await stage.letters())[0].letter.error


async def test_while_the_database_is_away_everything_waits_and_then_lands(stage, eventually):
    async with stage.ledger.engine.begin() as tx:
        await tx.execute(text("alter table ledger rename to hidden"))
    await stage.publish(*accounts(300))

    async with stage.projecting() as stats:
        await eventually(lambda: stats.naked >= 300)
        assert "ledger" in stats.problem
        async with stage.ledger.engine.begin() as tx:
            await tx.execute(text("alter table hidden rename to ledger"))
        await eventually(lambda: stats.acked == 300)
        assert stats.problem is None

    assert await stage.ledger.rows() == dict.fromkeys(accounts(300), 1)
    assert not await stage.letters()


async def test_an_outage_does_not_run_through_the_whole_backlog(stage, eventually):
    async def handle(tx, batch):
        raise NetworkError("PostgreSQL is away")

    await stage.publish(*accounts(200))
    async with stage.projecting(handle, batch=10) as stats:
        await eventually(lambda: stats.naked >= 20)
        assert stats.delivered <= 40


async def test_an_event_that_breaks_the_handler_fails_alone(stage, eventually):
    async def handle(tx, batch):
        await stage.ledger.store(tx, batch)
        if any(each.event.account == "a13" for each in batch):
            raise ZeroDivisionError("a13 breaks it")
        return ()

    await stage.publish(*accounts(500))
    async with stage.projecting(handle) as stats:
        await eventually(lambda: stats.acked == 499 and stats.dead == 1)
        await eventually(stage.settled)

    assert await stage.ledger.rows() == {account: 1 for account in accounts(500) if account != "a13"}
    [letter] = await stage.letters()
    assert letter.letter.error == "a13 breaks it"
    assert letter.letter.deliveries == stage.settings.max_deliver
    assert 'raise ZeroDivisionError("a13 breaks it")' in letter.letter.traceback


async def test_a_crash_between_commit_and_acknowledgement_repeats_the_batch(stage, eventually):
    async def handle(tx, batch):
        await stage.ledger.store(tx, batch)
        return Crash()

    class Crash:
        """What the handler returns is read after the commit: this is where the process ends."""

        def __iter__(self):
            raise asyncio.CancelledError

    async with stage.projecting(handle):
        await stage.publish("ann")
        await eventually(stage.ledger.rows)

    await stage.ack_wait(0.6)
    async with stage.running(stage.projection()) as stats:
        await eventually(lambda: stats.acked == 1)
        await eventually(stage.settled)

    assert await stage.ledger.rows() == {"ann": 2}


async def test_what_a_handler_returns_is_published_before_the_acknowledgement(stage, eventually):
    async def handle(tx, batch):
        return [
            DocumentRemoved(domain="github", document_id=each.event.account, revised_at="2024-01-01T00:00:00Z")
            for each in batch
        ]

    await stage.publish(*accounts(50))
    async with stage.projecting(handle) as stats:
        await eventually(lambda: stats.acked == 50)

    info = await stage.bus.js.stream_info(streams.FACTS.name, subjects_filter=DocumentRemoved.subscription())
    assert info.state.subjects == {"bdc.v1.github.document.removed": 50}


async def test_two_replicas_share_a_durable(stage, bus, nats_url, eventually):
    await stage.publish(*accounts(600))
    projection = stage.projection(batch=50)
    async with await connect(stage.settings, name="replica") as other:
        await ensure_consumers(bus.js, "ledger", [projection])
        async with stage.running(projection) as here, stage.running(projection, other) as there:
            await stage.publish(*[f"b{number}" for number in range(600)])
            await eventually(stage.settled)

    assert here.acked + there.acked == 1200
    assert set((await stage.ledger.rows()).values()) == {1}


async def test_copies_for_another_service_are_passed_over(stage, person, eventually):
    targets = [None, "ledger", "ledger-store", "indexer"]
    async with Publisher(stage.bus) as publisher:
        for target in targets:
            await publisher.publish(person(str(target)).to_message().replayed("r1", target))

    async with stage.projecting() as stats:
        await eventually(lambda: stats.acked == 3 and stats.skipped == 1)
        await eventually(stage.settled)

    assert set(await stage.ledger.rows()) == {"None", "ledger", "ledger-store"}
    message = person("x").to_message().replayed("r1", "indexer")
    assert message.headers[TARGET_HEADER] == "indexer"


async def test_a_handler_slower_than_the_acknowledgement_time_is_not_disturbed(stage, eventually):
    release = asyncio.Event()

    async def handle(tx, batch):
        await release.wait()
        return await stage.ledger.store(tx, batch)

    projection = stage.projection(handle)
    await ensure_consumers(stage.bus.js, "ledger", [projection])
    await stage.ack_wait(0.6)
    await stage.publish("ann")
    async with stage.running(projection) as stats:
        await eventually(lambda: stats.delivered == 1)
        began = asyncio.get_running_loop().time()
        await eventually(lambda: asyncio.get_running_loop().time() > began + 1.5)
        release.set()
        await eventually(lambda: stats.acked == 1)
        await eventually(stage.settled)

    assert stats.delivered == 1


async def test_stopping_finishes_the_batch_in_work_and_hands_back_the_rest(stage, eventually):
    working = asyncio.Event()

    async def handle(tx, batch):
        working.set()
        await stopping.wait()
        return await stage.ledger.store(tx, batch)

    stopping = asyncio.Event()
    await stage.publish(*accounts(30))
    projection = stage.projection(handle, batch=10)
    await ensure_consumers(stage.bus.js, "ledger", [projection])
    async with stage.running(projection):
        await working.wait()
        asyncio.get_running_loop().call_later(0.1, stopping.set)

    assert len(await stage.ledger.rows()) == 10
    async with stage.projecting() as stats:
        await eventually(lambda: stats.acked == 20)
    assert set((await stage.ledger.rows()).values()) == {1}


async def test_a_handler_that_does_not_end_is_stopped_and_its_batch_comes_again(stage, eventually):
    async def handle(tx, batch):
        await stage.ledger.store(tx, batch)
        await asyncio.Event().wait()

    stage.settings = stage.settings.model_copy(update={"drain_seconds": 0.2})
    await stage.publish("ann")
    async with stage.projecting(handle) as stats:
        await eventually(lambda: stats.delivered == 1)
        await eventually(lambda: stage.ledger.batches)

    async with stage.projecting() as stats:
        await eventually(lambda: stats.acked == 1)
    assert await stage.ledger.rows() == {"ann": 1}


async def test_a_consumer_that_is_deleted_is_reported_and_found_again(stage, eventually):
    await stage.publish("before")
    async with stage.projecting() as stats:
        await eventually(lambda: stats.acked == 1)
        await stage.bus.js.delete_consumer(streams.FACTS.name, "ledger-store")
        await eventually(lambda: stats.problem)
        assert "run `migrate`" in stats.problem

        await ensure_consumers(stage.bus.js, "ledger", [stage.projection()])
        await stage.publish("after")
        await eventually(lambda: stage.ledger.holds(2))
        assert stats.problem is None


async def test_a_service_may_start_before_its_consumer_exists(stage, eventually):
    projection = stage.projection()
    async with stage.running(projection) as stats:
        await eventually(lambda: stats.problem)
        await ensure_consumers(stage.bus.js, "ledger", [projection])
        await stage.publish("ann")
        await eventually(lambda: stats.acked == 1)


@pytest.mark.parametrize("batch", [1, 7])
async def test_small_batches_work_too(stage, eventually, batch):
    await stage.publish(*accounts(40))
    async with stage.projecting(batch=batch) as stats:
        await eventually(lambda: stats.acked == 40)
    assert max(map(len, stage.ledger.batches)) <= batch


async def test_events_of_other_types_never_arrive(stage, eventually):
    async with Publisher(stage.bus) as publisher:
        gone = DocumentRemoved(domain="github", document_id="x", revised_at="2024-01-01T00:00:00Z")
        await publisher.publish(gone)
    await stage.publish("ann")
    async with stage.projecting() as stats:
        await eventually(lambda: stats.acked == 1)
    assert stats.delivered == 1
    assert stage.projection().subscriptions() == (PersonSeen.subscription(),)


async def test_an_event_that_the_bus_refuses_for_good_makes_its_cause_a_dead_letter(stage, eventually):
    async def handle(tx, batch):
        return [
            Message("bdc.v1.github.x", b"{}", {"odd": "line\nbreak"}) for each in batch if each.event.account == "a3"
        ]

    stage.settings = stage.settings.model_copy(update={"max_deliver": 1})
    await stage.publish(*accounts(10))
    async with stage.projecting(handle) as stats:
        await eventually(lambda: stats.acked == 9 and stats.dead == 1)


async def test_of_several_batches_only_what_cannot_be_published_is_not_acknowledged(stage, eventually):
    async def handle(tx, batch):
        await stage.ledger.store(tx, batch)
        return [Message("bdc.v1.github.x", b"{}", {"odd": "a\nb"}) for each in batch if each.event.account == "a13"]

    stage.settings = stage.settings.model_copy(update={"max_deliver": 1})
    await stage.publish(*accounts(40))
    async with stage.projecting(handle, batch=10) as stats:
        await eventually(lambda: stats.acked == 39 and stats.dead == 1)
        await eventually(stage.settled)

    assert set(await stage.ledger.rows()) == set(accounts(40))
    assert ["a13"] in stage.ledger.batches


async def test_what_follows_from_batches_is_published_in_their_order(stage, eventually):
    async def handle(tx, batch):
        return [
            DocumentRemoved(domain="github", document_id=each.event.account, revised_at="2024-01-01T00:00:00Z")
            for each in batch
        ]

    await stage.publish(*accounts(100))
    async with stage.projecting(handle, batch=10) as stats:
        await eventually(lambda: stats.acked == 100)

    stored = [await stage.bus.js.get_msg(streams.FACTS.name, seq=number) for number in range(101, 201)]
    assert [DocumentRemoved.model_validate_json(each.data).document_id for each in stored] == accounts(100)
