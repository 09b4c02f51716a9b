"""How many sightings a second one consumer takes, with 50,000 profiles in the store."""

import random
import time
from collections.abc import Sequence

import pytest
from bdc_contracts import PersonSeen
from bdc_identity.addresses import load_address_rules
from bdc_identity.projector import PeopleProjector
from sqlalchemy.ext.asyncio import AsyncEngine

from .conftest import git_seen, mail_seen, received

PROFILES = 50_000
BATCH = 1_000


def sighting(number: int, day: int) -> PersonSeen:
    person = number // 2
    name, address = f"Given{person % 997} Family{person}", f"u{person}@host{person % 50}.org"
    if number % 2:
        return mail_seen(name.lower(), address, day=day)
    return git_seen(name, address, day=day, context=f"repository-{person % 20}")


async def rate(engine: AsyncEngine, seen: Sequence[PersonSeen]) -> float:
    projector = PeopleProjector(load_address_rules())
    batches = [received(seen[start : start + BATCH]) for start in range(0, len(seen), BATCH)]
    began = time.perf_counter()
    for batch in batches:
        async with engine.begin() as tx:
            await projector(tx, batch)
    return len(seen) / (time.perf_counter() - began)


@pytest.mark.soak
async def test_a_consumer_takes_5000_sightings_a_second(engine: AsyncEngine):
    order = random.Random(1)
    newcomers = [sighting(number, day=order.randrange(900)) for number in range(PROFILES)]
    order.shuffle(newcomers)
    daily = [sighting(order.randrange(int(PROFILES * 1.02)), day=order.randrange(900, 1800)) for _ in range(20_000)]

    cold = await rate(engine, newcomers)
    warm = await rate(engine, daily)

    print(f"{PROFILES} profiles, all new: {cold:,.0f}/s; then known ones, 2 % new: {warm:,.0f}/s")  # noqa: T201
    assert warm >= 5_000
