"""The server is killed while consumers run."""

import pytest_asyncio
from bdc_chassis.bus import Publisher, connect, ensure_consumers, provision
from bdc_contracts import streams


@pytest_asyncio.fixture
async def fragile(stage, server):
    """The stage on a server that the test may kill."""
    stage.settings = stage.settings.model_copy(update={"nats_url": server.url})
    async with await connect(stage.settings, name="test") as bus:
        await provision(bus.js)
        stage.bus = bus
        yield stage


async def test_consuming_goes_on_after_kill_9_of_the_server(fragile, server, eventually):
    accounts = [f"a{number}" for number in range(3000)]
    await fragile.publish(*accounts)

    projection = fragile.projection(batch=100)
    await ensure_consumers(fragile.bus.js, "ledger", [projection])
    await fragile.ack_wait(2)
    async with fragile.running(projection) as stats:
        for share in (500, 1500):
            await eventually(lambda share=share: stats.acked >= share)
            server.process.kill()
            server.start()
        await eventually(lambda: fragile.ledger.holds(3000))
        await eventually(fragile.settled)
        assert stats.problem is None


async def test_publishing_and_consuming_together_survive_kill_9(fragile, server, person, eventually):
    projection = fragile.projection(batch=200)
    await ensure_consumers(fragile.bus.js, "ledger", [projection])
    await fragile.ack_wait(2)
    async with fragile.running(projection) as stats, Publisher(fragile.bus, timeout=2) as publisher:
        for number in range(6000):
            await publisher.publish(person(f"a{number}"))
            if number in {2000, 4000}:
                server.process.kill()
                server.start()
        await publisher.flush()
        await eventually(lambda: fragile.ledger.holds(6000))
        await eventually(fragile.settled)

    assert (await fragile.bus.js.stream_info(streams.FACTS.name)).state.messages == 6000
    assert stats.dead == 0


async def test_a_dead_letter_that_cannot_be_stored_keeps_its_message(fragile, eventually):
    await fragile.bus.js.delete_stream(streams.DEAD_LETTERS.name)

    async def handle(tx, batch):
        raise ZeroDivisionError

    fragile.settings = fragile.settings.model_copy(update={"max_deliver": 1})
    await fragile.publish("ann")
    async with fragile.projecting(handle) as stats:
        await eventually(lambda: stats.delivered == 1)
        await provision(fragile.bus.js)
        await eventually(lambda: stats.dead == 1)
    assert len(await fragile.letters()) == 1
