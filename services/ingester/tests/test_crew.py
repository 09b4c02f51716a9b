"""Which worker gets the next order."""

import asyncio
from multiprocessing import Pipe

from bdc_ingester.supervisor.crew import Crew, Hand
from bdc_ingester.worker.messages import Order


async def test_a_file_that_must_be_alone_waits_for_a_worker_that_has_nothing_else(settings, tmp_path):
    crew = Crew(settings, on_report=lambda *_: None, on_death=lambda _: None)
    ours, _theirs = Pipe()
    hand = Hand(None, ours, claims=tmp_path, orders={1: Order(1, ("a.json",))})
    crew._hands.add(hand)

    idle = asyncio.create_task(crew.free_hand(idle=True))
    assert await crew.free_hand(idle=False) is hand
    assert not idle.done()

    hand.orders.clear()
    crew._changed.set()
    assert await idle is hand
