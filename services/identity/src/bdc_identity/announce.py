"""From the outbox to the bus: what was committed is published, whatever crashed in between."""

from typing import Final

from bdc_chassis.bus import Bus, Publisher
from sqlalchemy.ext.asyncio import AsyncEngine

from bdc_identity.store import outbox

CHUNK: Final = 5000  # announcements in one transaction


async def announce(bus: Bus, engine: AsyncEngine) -> int:
    """Publish what waits in the outbox and forget it once the bus has acknowledged it; return how much that was.

    It runs before a batch of sightings is acknowledged. After a crash in between, that batch comes again and with it
    this call: announcements are then published twice, under the same ids, which changes nothing for anybody.

    Raises:
        PublishError: the bus did not take them; they stay where they are.
    """
    published = 0
    while chunk := await _announce_chunk(bus, engine):
        published += chunk
    return published


async def _announce_chunk(bus: Bus, engine: AsyncEngine) -> int:
    async with engine.begin() as tx:
        ids, events = await outbox.take(tx, CHUNK)
        if not events:
            return 0
        async with Publisher(bus) as publisher:
            for event in events:
                await publisher.publish(event)
        await outbox.remove(tx, ids)
    return len(ids)
