import pytest
from bdc_chassis.bus import connect, ensure_consumers
from bdc_chassis.bus.delivery import Delivery, ack_all, backoff_seconds
from bdc_contracts.streams import FACTS
from hypothesis import given
from hypothesis import strategies as st
from nats.aio.msg import Msg

SHORT = "$JS.ACK.BDC_FACTS.github-store.3.17.21.1700000000000000000.42"
LONG = "$JS.ACK.hub.ACCHASH.BDC_FACTS.github-store.3.17.21.1700000000000000000.42.random"


@pytest.mark.parametrize("reply", [SHORT, LONG, LONG.removesuffix(".random")])
def test_place_and_count_are_read_as_the_client_library_reads_them(reply):
    msg = Msg(None, reply=reply)
    delivery = Delivery(msg)

    assert (delivery.delivered, delivery.sequence, delivery.pending) == (3, 17, 42)
    assert delivery.sequence == msg.metadata.sequence.stream
    assert delivery.delivered == msg.metadata.num_delivered


@given(st.integers(1, 10_000))
def test_waiting_grows_and_stays_within_a_minute(attempt):
    assert 0.5 <= backoff_seconds(attempt) <= backoff_seconds(attempt + 1) <= 60


async def test_acknowledgements_do_not_wait_for_other_traffic_of_their_connection(stage, settings, eventually):
    projection = stage.projection()
    await ensure_consumers(stage.bus.js, "ledger", [projection])
    await stage.publish("ann")
    subscription = await stage.bus.js.pull_subscribe_bind(projection.durable, FACTS.name)
    [message] = await subscription.fetch(1)

    async with await connect(settings, name="observer") as observer:
        await ack_all(stage.bus.client, [Delivery(message)])

        await eventually(lambda: stage.settled(observer), seconds=1)
