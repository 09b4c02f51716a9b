import asyncio
from datetime import UTC, datetime

from bdc_chassis.bus import Publisher
from bdc_chassis.bus.tail import tail
from bdc_contracts import DocumentRemoved


async def listed(messages, count=None):
    found = []
    async for message in messages:
        found.append(message)
        if len(found) == count:
            break
    await messages.aclose()
    return found


async def test_history_ends_with_what_is_there(stage, person):
    await stage.publish(*[f"a{number}" for number in range(700)])

    found = await listed(tail(stage.bus, history=True, follow=False))

    assert [message.sequence for message in found] == list(range(1, 701))
    assert found[0].payload == person("a0").to_json()
    assert found[0].headers["ce-id"] == person("a0").event_id()


async def test_history_of_an_empty_bus_is_empty(bus):
    assert await listed(tail(bus, history=True, follow=False)) == []


async def test_only_what_was_stored_since_then(stage, eventually):
    await stage.publish("before")
    since = datetime.now(UTC)
    await stage.publish("after")

    [message] = await listed(tail(stage.bus, since=since, follow=False))
    assert b"after" in message.payload
    assert message.stored_at > since


async def test_only_the_subjects_asked_for(stage):
    async with Publisher(stage.bus) as publisher:
        gone = DocumentRemoved(domain="github", document_id="x", revised_at="2024-01-01T00:00:00Z")
        await publisher.publish(gone)
    await stage.publish("ann")

    [message] = await listed(tail(stage.bus, DocumentRemoved.subscription(), history=True, follow=False))
    assert message.subject == "bdc.v1.github.document.removed"


async def test_following_sees_what_comes_and_leaves_nothing_behind(stage, eventually):
    await stage.publish("before")
    following = asyncio.create_task(listed(tail(stage.bus), count=2))
    await eventually(lambda: consumers(stage))
    await stage.publish("one", "two")

    assert [b"one" in message.payload for message in await following] == [True, False]
    await eventually(lambda: nobody(stage))


async def test_the_payload_of_a_claim_check_is_whole(stage, person):
    event = person("big", name="x" * 700_000)
    async with Publisher(stage.bus) as publisher:
        await publisher.publish(event)

    [message] = await listed(tail(stage.bus, history=True, follow=False))
    assert message.payload == event.to_json()


async def consumers(stage):
    return await stage.bus.js.consumers_info("BDC_FACTS")


async def nobody(stage):
    return not await consumers(stage)
