import pytest
from bdc_chassis.bus import Publisher
from bdc_chassis.bus.claim_check import ClaimCheck, check_in, check_out
from bdc_chassis.errors import ValidationFailed
from bdc_contracts import streams
from bdc_contracts.event import CLAIM_CHECK_HEADER

BIG = "Größe " * 200_000


async def test_a_payload_too_large_for_a_message_arrives_whole(stage, person, eventually):
    seen = []

    async def handle(tx, batch):
        seen.extend(batch)
        return ()

    async with Publisher(stage.bus) as publisher:
        await publisher.publish(person("big", name=BIG))
        await publisher.publish(person("small"))

    async with stage.projecting(handle):
        await eventually(lambda: len(seen) == 2)

    assert [each.event.name for each in seen] == [BIG, None]


async def test_the_message_carries_only_a_ticket(bus, person):
    async with Publisher(bus) as publisher:
        await publisher.publish(person("big", name=BIG))

    message = await bus.js.get_msg(streams.FACTS.name, seq=1, direct=True)
    assert message.headers[CLAIM_CHECK_HEADER] == "1"
    assert ClaimCheck.model_validate_json(message.data).size > len(BIG)


async def test_checking_in_twice_stores_once(bus, person):
    message = person("big", name=BIG).to_message()
    first = await check_in(bus, message)
    stored = (await (await bus.object_store(streams.CLAIMS.name)).status()).size

    assert await check_in(bus, message) == first
    assert (await (await bus.object_store(streams.CLAIMS.name)).status()).size == stored


async def test_a_ticket_whose_object_is_gone_says_so(bus):
    ticket = ClaimCheck(object="sha256/none", digest="none", size=1)

    with pytest.raises(ValidationFailed, match=r"sha256/none .* is gone"):
        await check_out(bus, ticket.model_dump_json().encode())


async def test_an_object_that_is_not_what_the_ticket_says_is_refused(bus):
    store = await bus.object_store(streams.CLAIMS.name)
    await store.put("sha256/forged", b"something else")
    ticket = ClaimCheck(object="sha256/forged", digest="0" * 64, size=14)

    with pytest.raises(ValidationFailed, match=r"not what the claim check describes"):
        await check_out(bus, ticket.model_dump_json().encode())


async def test_an_unreadable_ticket_becomes_a_dead_letter(stage, person, eventually):
    async with Publisher(stage.bus) as publisher:
        message = person("ann").to_message()
        message.headers[CLAIM_CHECK_HEADER] = "1"
        await publisher.publish(message)

    async with stage.projecting() as stats:
        await eventually(lambda: stats.dead == 1)

    assert "claim check is unreadable" in (await stage.letters())[0].letter.error
