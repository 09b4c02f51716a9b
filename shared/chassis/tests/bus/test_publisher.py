import asyncio

import pytest
import pytest_asyncio
from bdc_chassis.bus import Publisher, PublishError, connect, provision
from bdc_chassis.bus import window as window_module
from bdc_chassis.bus.publisher import PublishRefused
from bdc_chassis.errors import ValidationFailed
from bdc_chassis.settings import ChassisSettings
from bdc_contracts import Message, streams


async def stored(bus):
    return (await bus.js.stream_info(streams.FACTS.name)).state.messages


@pytest_asyncio.fixture
async def fragile(server):
    """A bus on a server that the test may kill."""
    async with await connect(ChassisSettings(nats_url=server.url), name="test") as bus:
        await provision(bus.js)
        yield bus


async def test_leaving_the_block_means_that_everything_is_stored(bus, person):
    async with Publisher(bus, window=64) as publisher:
        for number in range(1000):
            await publisher.publish(person(f"a{number}"))

    assert publisher.published == 1000
    assert await stored(bus) == 1000


async def test_the_same_fact_twice_is_stored_once_and_counted_as_duplicate(bus, person):
    async with Publisher(bus) as publisher:
        for _ in range(3):
            await publisher.publish(person("ann"))

    assert (publisher.published, publisher.duplicates) == (3, 2)
    assert await stored(bus) == 1


async def test_messages_are_stored_in_the_order_of_publishing(bus, person):
    async with Publisher(bus, window=100) as publisher:
        for number in range(500):
            await publisher.publish(person(f"a{number}"))

    for number in (0, 250, 499):
        message = await bus.js.get_msg(streams.FACTS.name, seq=number + 1, direct=True)
        assert f'"a{number}"'.encode() in message.data


async def test_several_tasks_share_a_publisher(bus, person):
    async def publish_some(name, publisher):
        for number in range(300):
            await publisher.publish(person(f"{name}{number}"))

    async with Publisher(bus, window=50) as publisher, asyncio.TaskGroup() as group:
        for name in "abc":
            group.create_task(publish_some(name, publisher))

    assert await stored(bus) == 900


async def test_a_message_that_no_stream_wants_is_an_error_that_names_its_subject(bus):
    with pytest.raises(PublishError, match=r"bdc\.v9\.x"):
        async with Publisher(bus, give_up=0.5) as publisher:
            await publisher.publish(Message("bdc.v9.x", b"{}", {"ce-id": "1"}))


async def test_a_refusal_of_the_stream_surfaces_at_the_next_publish(bus, person):
    full = (await bus.js.stream_info(streams.FACTS.name)).config.evolve(max_msg_size=100)
    await bus.js.update_stream(full)

    async def publish_without_end():
        async with Publisher(bus) as publisher:
            for number in range(100_000):
                await publisher.publish(person(f"a{number}", name="x" * 200))

    with pytest.raises(PublishRefused, match=r"refused.*size exceeds"):
        await publish_without_end()


@pytest.mark.parametrize("value", ["two\r\nlines", "two\nlines", "two\rlines"])
async def test_a_header_cannot_smuggle_a_command(bus, value):
    with pytest.raises(ValidationFailed, match=r"line break"):
        async with Publisher(bus) as publisher:
            await publisher.publish(Message("bdc.v1.github.person.seen", b"{}", {"ce-id": value}))


async def test_what_is_in_flight_is_bounded_in_bytes(bus, person, monkeypatch):
    monkeypatch.setattr(window_module, "WINDOW_BYTES", 100_000)
    most = 0
    async with Publisher(bus) as publisher:
        for number in range(200):
            await publisher.publish(person(f"a{number}", name="x" * 10_000))
            most = max(most, publisher.bytes_in_flight)

    assert most < 100_000 + 11_000


async def test_kill_9_of_the_server_loses_and_doubles_nothing(server, fragile, person, eventually):
    count = 30_000

    async def publish_all(publisher):
        for number in range(count):
            await publisher.publish(person(f"a{number}"))
        await publisher.flush()

    async with Publisher(fragile, timeout=2) as publisher:
        publishing = asyncio.create_task(publish_all(publisher))
        for share in (0.2, 0.5, 0.8):
            await eventually(lambda share=share: publisher.published >= count * share)
            server.process.kill()
            server.start()
        await publishing

    assert publisher.published == count
    assert await stored(fragile) == count


async def test_a_server_that_stays_away_is_an_error_after_a_while(server, fragile, person):
    async with Publisher(fragile) as publisher:
        await publisher.publish(person("before"))
    server.process.kill()

    with pytest.raises(PublishError, match=r"not acknowledged .* for 1 s"):
        async with Publisher(fragile, give_up=1) as publisher:
            await publisher.publish(person("after"))
