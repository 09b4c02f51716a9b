"""The durable consumer with which a service carries out `identity.person.forgotten`, step by step and resumable."""

from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TypeAlias

from bdc_contracts import Event, Message, PersonErased, PersonForgotten
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from bdc_chassis.bus import Bus, Projection, Publisher, Received
from bdc_chassis.forgetting import memory
from bdc_chassis.forgetting.collecting import tell_collectors
from bdc_chassis.forgetting.facts import erase_facts, erase_letters
from bdc_chassis.forgetting.redactor import Redactor


@dataclass(frozen=True, slots=True)
class Erased:
    """What was erased in a store, as counts by kind, and the events that tell others (documents revised, removed)."""

    counts: Mapping[str, int]
    events: Sequence[Event | Message] = ()


Erase: TypeAlias = Callable[[AsyncConnection, Redactor], Awaitable[Erased]]
Elsewhere: TypeAlias = Callable[[Redactor], Awaitable[Mapping[str, int]]]


def forgetting(
    service: str, erase: Erase, *, facts: Sequence[str] | None = None, elsewhere: Elsewhere | None = None
) -> Projection:
    """Return the projection `<service>-forgetting`; the service's schema needs `forgetting.TABLES`.

    In one transaction it remembers the hashes and lets `erase` erase the rows. After the commit, and again after a
    crash, it tells the collectors, lets `elsewhere` erase files such as the raw archive's, takes the person out of the
    facts on the subjects `facts` (by default all of the service's domain) and of its dead letters, and at last
    publishes `person.erased`.
    """
    carried_out = _Forgetting(service, erase, tuple(facts or (f"bdc.v1.{service}.>",)), elsewhere)
    durable = f"{service}-forgetting"
    return Projection(durable, (PersonForgotten,), carried_out.begin, batch=1, after_commit=carried_out.complete)


class _Forgetting:
    def __init__(self, service: str, erase: Erase, facts: Sequence[str], elsewhere: Elsewhere | None) -> None:
        self._service = service
        self._erase = erase
        self._facts = facts
        self._elsewhere = elsewhere

    async def begin(self, tx: AsyncConnection, batch: Sequence[Received[PersonForgotten]]) -> Iterable[Event | Message]:
        """Erase what the store holds of them."""
        events: list[Event | Message] = []
        for received in batch:
            request = received.event
            if await memory.remember(tx, request):
                erased = await self._erase(tx, Redactor(request.keys))
                await memory.begin(tx, request, erased.counts)
                events += erased.events
        return events

    async def complete(self, bus: Bus, engine: AsyncEngine) -> None:
        """Erase what lies elsewhere, for every request that is not confirmed yet, and confirm."""
        async with engine.connect() as tx:
            requests = await memory.unfinished(tx)
            redactor = await memory.ForgottenPeople().redactor(tx)
        if redactor is None:
            return
        await tell_collectors(bus, redactor.keys)
        for request_id, in_store in requests.items():
            elsewhere = await self._elsewhere(redactor) if self._elsewhere is not None else {}
            on_bus = {
                "facts": await erase_facts(bus, self._facts, redactor),
                "dead_letters": await erase_letters(bus, self._service, redactor),
            }
            await self._confirm(bus, engine, request_id, {**in_store, **elsewhere, **on_bus})

    async def _confirm(self, bus: Bus, engine: AsyncEngine, request_id: str, counts: Mapping[str, int]) -> None:
        now = datetime.now(UTC)
        async with engine.begin() as tx:
            await memory.finish(tx, request_id, counts, now)
            async with Publisher(bus) as publisher:
                await publisher.publish(
                    PersonErased(domain=self._service, request_id=request_id, counts=dict(counts), erased_at=now)
                )
