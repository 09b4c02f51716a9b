"""Sightings → profiles → people: the consumer of `person.seen` of every domain."""

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime

from bdc_chassis.bus import Projection, Received
from bdc_chassis.forgetting import ForgottenPeople
from bdc_contracts import Event, PersonSeen
from sqlalchemy.ext.asyncio import AsyncConnection

from bdc_identity.addresses import AddressRules, load_address_rules
from bdc_identity.announce import announce
from bdc_identity.decision_projector import decision_projection
from bdc_identity.forgetting import forgetting_projections
from bdc_identity.settings import IdentitySettings
from bdc_identity.settle import News, settle
from bdc_identity.sightings import Sightings, gather
from bdc_identity.store.facts import Learned, save
from bdc_identity.store.neighbourhood import Membership
from bdc_identity.store.people import take_turn
from bdc_identity.store.profiles import fresh_profiles


def projections(settings: IdentitySettings) -> Sequence[Projection]:
    """Return the one durable consumer of the service."""
    projector = PeopleProjector(load_address_rules(settings.generic_addresses))
    people = Projection("identity-people", (PersonSeen,), projector, after_commit=announce)
    return [people, decision_projection(settings), *forgetting_projections(settings)]


class PeopleProjector:
    """Stores a batch of sightings and works out again who everybody is whom they concern."""

    def __init__(self, rules: AddressRules) -> None:
        self._rules = rules
        self._forgotten = ForgottenPeople()

    async def __call__(self, tx: AsyncConnection, batch: Sequence[Received[PersonSeen]]) -> Iterable[Event]:
        """Handle one batch; what changed waits in the outbox for `announce`, so nothing is returned."""
        forgotten = await self._forgotten.redactor(tx)
        strangers = (each.event for each in batch if forgotten is None or not forgotten.sees(each.event))
        sightings = gather(strangers, self._rules)
        await take_turn(tx)
        if learned := await save(tx, sightings):
            await self._settle(tx, learned, sightings, revision=max(received.sequence for received in batch))
        return ()

    async def _settle(self, tx: AsyncConnection, learned: Learned, seen: Sightings, *, revision: int) -> None:
        newcomers = {
            id_: Membership(platform, account) for id_, platform, account in seen.profiles if id_ in learned.newcomers
        }
        news = News(newcomers, fresh_profiles(seen, newcomers), learned.holders, learned.lists)
        await settle(tx, learned.profiles, self._rules, revision=revision, now=datetime.now(UTC), news=news)
