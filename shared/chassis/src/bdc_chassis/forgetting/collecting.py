"""Forgotten people and collectors: what a source still shows of them does not reach the bus again.

A collector has no database, so the salted hashes also wait in a bucket of the bus.
"""

from typing import Final

import orjson
from bdc_contracts import EVENTS, Event, ForgottenKeys, Message, PersonSeen
from bdc_contracts.streams import FORGOTTEN
from nats.js.errors import KeyNotFoundError

from bdc_chassis.bus import Bus, Publisher
from bdc_chassis.bus.event_types import EventTypes
from bdc_chassis.forgetting.redactor import Redactor

KEY: Final = "keys"

_TYPES: Final = EventTypes(EVENTS)


async def tell_collectors(bus: Bus, keys: ForgottenKeys) -> None:
    """Put the hashes, with those that are there already, where the next runs of collectors find them."""
    known = await forgotten_keys(bus)
    hashes = frozenset(keys.hashes) | frozenset(known.hashes if known else ())
    if known is None or len(hashes) > len(known.hashes):
        bucket = await bus.key_value(FORGOTTEN.name)
        everybody = ForgottenKeys(salt=keys.salt, hashes=tuple(sorted(hashes)))
        await bucket.put(KEY, everybody.model_dump_json().encode())


async def forgotten_keys(bus: Bus) -> ForgottenKeys | None:
    """Return the hashes of all who were forgotten; None where nobody was."""
    bucket = await bus.key_value(FORGOTTEN.name)
    try:
        entry = await bucket.get(KEY)
    except KeyNotFoundError:
        return None
    return ForgottenKeys.model_validate_json(entry.value or b"")


class RedactingPublisher(Publisher):
    """A publisher that leaves forgotten people out of every fact, and sightings of them altogether."""

    def __init__(self, bus: Bus, redactor: Redactor, *, window: int) -> None:
        super().__init__(bus, window=window)
        self._redactor = redactor

    async def publish(self, event: Event | Message) -> None:
        """Queue an event without them; see `Publisher.publish`."""
        if isinstance(event, PersonSeen) and self._redactor.sees(event):
            return
        await super().publish(self._without(event))

    def _without(self, event: Event | Message) -> Event | Message:
        if isinstance(event, Event):
            return self._redactor.event(event)
        value = orjson.loads(event.payload)
        changed = self._redactor.without(value)
        return event if changed == value else _TYPES.of(event.subject).model_validate(changed).to_message()


async def collecting_publisher(bus: Bus, *, window: int) -> Publisher:
    """Return the publisher of a collector's run, which knows those who were forgotten by now."""
    keys = await forgotten_keys(bus)
    return Publisher(bus, window=window) if keys is None else RedactingPublisher(bus, Redactor(keys), window=window)
