import asyncio
from contextlib import asynccontextmanager
from datetime import UTC, datetime

import pytest
from bdc_chassis.bus import Publisher, ensure_consumers
from bdc_chassis.bus.replay import request_replay, serve_replays, wait_for_replay
from bdc_contracts import Message, ReplayRequested, streams
from sqlalchemy import text


def request(**fields):
    return ReplayRequested(**{"request_id": "r1", "service": "ledger", "requested_at": datetime.now(UTC), **fields})


@pytest.fixture
def replay(person):
    async def replay(connection, request):
        for (account,) in await connection.execute(text("select account from ledger order by 1")):
            yield person(account)

    return replay


@asynccontextmanager
async def serving(stage, replay):
    stop = asyncio.Event()
    engine, settings = stage.ledger.engine, stage.settings
    task = asyncio.create_task(serve_replays(stage.bus, engine, "ledger", replay, settings=settings, stop=stop))
    try:
        yield
    finally:
        stop.set()
        await task


@pytest.fixture(autouse=True)
async def history(stage, eventually):
    """The ledger has three accounts, and the bus has forgotten them."""
    await stage.publish("ann", "bob", "cyd")
    async with stage.projecting() as stats:
        await eventually(lambda: stats.acked == 3)
    await stage.bus.js.purge_stream(streams.FACTS.name)


async def finished(stage, asked):
    async with asyncio.timeout(20):
        return await wait_for_replay(stage.bus, asked)


async def test_a_request_made_while_the_service_is_down_is_answered_when_it_comes_up(stage, replay):
    asked = request()
    await request_replay(stage.bus, asked)

    async with serving(stage, replay):
        answer = await finished(stage, asked)

    assert (answer.service, answer.events, answer.error) == ("ledger", 3, None)


async def test_a_replay_into_a_live_consumer_changes_nothing_but_arrives(stage, replay, eventually):
    seen = []

    async def watch(tx, batch):
        seen.extend(batch)
        return ()

    async with serving(stage, replay), stage.projecting(watch):
        await request_replay(stage.bus, request())
        await eventually(lambda: len(seen) == 3)

    assert {each.replay for each in seen} == {"r1"}
    assert [each.id for each in seen] == [each.event.event_id() for each in seen]


async def test_two_replays_are_two_sets_of_copies(stage, replay):
    async with serving(stage, replay):
        for name in ("r1", "r2"):
            asked = request(request_id=name)
            await request_replay(stage.bus, asked)
            await finished(stage, asked)

    info = await stage.bus.js.stream_info(streams.FACTS.name, subjects_filter="bdc.v1.github.person.seen")
    assert info.state.subjects == {"bdc.v1.github.person.seen": 6}


async def test_copies_for_one_service_are_passed_over_by_the_others(stage, replay, eventually):
    async with serving(stage, replay), stage.projecting() as stats:
        await request_replay(stage.bus, request(target="indexer"))
        await eventually(lambda: stats.skipped == 3)

    assert stats.acked == 0


async def test_a_replay_that_fails_for_good_says_so(stage):
    async def replay(connection, request):
        raise ZeroDivisionError("no such luck")
        yield

    stage.settings = stage.settings.model_copy(update={"max_deliver": 1})
    asked = request()
    await request_replay(stage.bus, asked)
    async with serving(stage, replay):
        answer = await finished(stage, asked)

    assert answer.error == "ZeroDivisionError: no such luck"


async def test_a_replay_that_is_stopped_begins_again(stage, replay, person):
    working = asyncio.Event()

    async def endless(connection, request):
        yield person("ann")
        working.set()
        await asyncio.Event().wait()

    asked = request()
    await request_replay(stage.bus, asked)
    async with serving(stage, endless):
        await working.wait()
    async with serving(stage, replay):
        answer = await finished(stage, asked)

    assert answer.events == 3


async def test_a_request_for_another_service_is_left_for_it(stage, replay, eventually):
    await ensure_consumers(stage.bus.js, "mailing", [])
    await request_replay(stage.bus, request(request_id="theirs", service="mailing"))
    asked = request()
    await request_replay(stage.bus, asked)
    async with serving(stage, replay):
        await finished(stage, asked)

    info = await stage.bus.js.consumer_info(streams.CONTROL_QUEUE.name, "mailing-replay")
    assert info.num_pending == 1


async def test_a_request_that_nobody_can_read_is_a_dead_letter(stage, replay, eventually):
    async with Publisher(stage.bus) as publisher:
        await publisher.publish(Message("bdc.v1.control.replay.requested.ledger", b"please", {"ce-id": "odd"}))
    asked = request()
    await request_replay(stage.bus, asked)
    async with serving(stage, replay):
        assert (await finished(stage, asked)).events == 3

    [letter] = await stage.letters()
    assert letter.letter.consumer == "ledger-replay"
