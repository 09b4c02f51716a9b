import pytest
from bdc_chassis.bus import Publisher
from bdc_chassis.bus.dead_letters import drop_letter, list_letters, retry_letter, show_letter
from bdc_chassis.errors import CommandError
from bdc_contracts import MessageDeadLettered, PersonSeen


@pytest.fixture
def mended():
    """Whether the handler's bug is mended."""
    return []


@pytest.fixture
def handle(stage, mended):
    async def handle(tx, batch):
        if not mended and any(each.event.account.startswith("bad") for each in batch):
            raise KeyError("bad")
        return await stage.ledger.store(tx, batch)

    return handle


@pytest.fixture(autouse=True)
def impatient(stage):
    stage.settings = stage.settings.model_copy(update={"max_deliver": 1})


async def test_a_letter_holds_all_that_is_needed_to_try_again(stage, handle, person, eventually):
    await stage.publish("bad1")
    async with stage.projecting(handle) as stats:
        await eventually(lambda: stats.dead == 1)

    [found] = await list_letters(stage.bus)
    assert (found.letter.service, found.letter.consumer) == ("ledger", "ledger-store")
    assert found.letter.original_subject == "bdc.v1.github.person.seen"
    assert found.letter.headers["ce-id"] == person("bad1").event_id()
    assert await show_letter(stage.bus, found.number) == found


async def test_retrying_hands_the_message_to_the_consumer_that_failed_and_removes_the_letter(
    stage, handle, mended, person, eventually
):
    await stage.publish("bad1", "bad2")
    async with stage.projecting(handle) as stats:
        await eventually(lambda: stats.dead == 2)
        mended.append(True)
        for found in await list_letters(stage.bus):
            await retry_letter(stage.bus, found.number)
        await eventually(lambda: stats.acked == 2)

    assert await stage.ledger.rows() == {"bad1": 1, "bad2": 1}
    assert await list_letters(stage.bus) == []


async def test_a_retried_message_keeps_its_identity_and_is_for_nobody_else(stage, handle, mended, person, eventually):
    seen = []

    async def watch(tx, batch):
        seen.extend(batch)
        return ()

    await stage.publish("bad1")
    async with stage.projecting(handle) as stats:
        await eventually(lambda: stats.dead == 1)
    await retry_letter(stage.bus, (await list_letters(stage.bus))[0].number)
    async with stage.projecting(watch):
        await eventually(lambda: seen)

    assert seen[0].id == person("bad1").event_id()
    assert seen[0].sequence == 2


async def test_a_retry_that_fails_again_is_a_new_letter(stage, handle, eventually):
    await stage.publish("bad1")
    async with stage.projecting(handle) as stats:
        await eventually(lambda: stats.dead == 1)
        first = await list_letters(stage.bus)
        await retry_letter(stage.bus, first[0].number)
        await eventually(lambda: stats.dead == 2)

    [again] = await list_letters(stage.bus)
    assert again.number > first[0].number
    assert again.letter.original_subject == PersonSeen.subscription().replace("*", "github")


async def test_dropping_removes_the_letter_and_nothing_else(stage, handle, mended, eventually):
    await stage.publish("bad1", "bad2")
    async with stage.projecting(handle) as stats:
        await eventually(lambda: stats.dead == 2)
        letters = await list_letters(stage.bus)
        dropped = await drop_letter(stage.bus, letters[0].number)

    assert await list_letters(stage.bus) == letters[1:]
    assert dropped == letters[0]


async def test_letters_are_listed_by_service(stage, handle, eventually):
    await stage.publish("bad1")
    async with stage.projecting(handle) as stats:
        await eventually(lambda: stats.dead == 1)

    assert len(await list_letters(stage.bus, service="ledger")) == 1
    assert await list_letters(stage.bus, service="github") == []
    assert await list_letters(stage.bus, limit=0) == []


async def test_a_large_payload_survives_its_funeral(stage, handle, mended, person, eventually):
    async with Publisher(stage.bus) as publisher:
        await publisher.publish(person("bad1", name="x" * 450_000))
    async with stage.projecting(handle) as stats:
        await eventually(lambda: stats.dead == 1)
        mended.append(True)
        await retry_letter(stage.bus, (await list_letters(stage.bus))[0].number)
        await eventually(lambda: stats.acked == 1)


@pytest.mark.parametrize("act", [show_letter, retry_letter, drop_letter])
async def test_a_number_that_does_not_exist_is_one_sentence(bus, act):
    with pytest.raises(CommandError, match="no dead letter 42"):
        await act(bus, 42)


def test_a_letter_is_routed_by_the_service_that_failed():
    assert MessageDeadLettered.subscription() == "bdc.v1.control.message.dead_lettered"
