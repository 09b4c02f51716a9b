"""Sightings → profiles → people: the consumer of `person.seen` of every domain."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime

from bdc_chassis.bus import Projection, Received
from bdc_contracts import Event, IdentityChanged, PersonSeen
from sqlalchemy.ext.asyncio import AsyncConnection

from bdc_identity.addresses import AddressRules, load_address_rules
from bdc_identity.announce import announce
from bdc_identity.resolve import Person, resolve
from bdc_identity.settings import IdentitySettings
from bdc_identity.sightings import Sightings, gather
from bdc_identity.store import outbox
from bdc_identity.store.facts import Learned, save
from bdc_identity.store.neighbourhood import Membership, load_neighbourhood
from bdc_identity.store.people import save_memberships, save_people, take_turn


def projections(settings: IdentitySettings) -> Sequence[Projection]:
    """Return the one durable consumer of the service."""
    projector = PeopleProjector(load_address_rules(settings.generic_addresses))
    return [Projection("identity-people", (PersonSeen,), projector, after_commit=announce)]


class PeopleProjector:
    """Stores a batch of sightings and works out again who everybody is whom they concern."""

    def __init__(self, rules: AddressRules) -> None:
        self._rules = rules

    async def __call__(self, tx: AsyncConnection, batch: Sequence[Received[PersonSeen]]) -> Iterable[Event]:
        """Handle one batch; what changed waits in the outbox for `announce`, so nothing is returned."""
        sightings = gather((received.event for received in batch), self._rules)
        await take_turn(tx)
        if learned := await save(tx, sightings):
            await self._settle(tx, learned, sightings, revision=max(received.sequence for received in batch))
        return ()

    async def _settle(self, tx: AsyncConnection, learned: Learned, seen: Sightings, *, revision: int) -> None:
        around = await load_neighbourhood(tx, learned, seen, self._rules)
        people = resolve(around.profiles, around.trust)
        profiles = {profile.id: profile for profile in around.profiles}
        former = {known.person_id for known in around.memberships.values() if known.person_id}
        await save_people(tx, people, profiles, former)
        changes = dict(membership_changes(people, around.memberships, revision, datetime.now(UTC)))
        if changes:
            await save_memberships(tx, changes)
            await outbox.add(tx, changes.values())


def membership_changes(
    people: Iterable[Person], before: Mapping[str, Membership], revision: int, now: datetime
) -> Iterator[tuple[str, IdentityChanged]]:
    """Yield, by profile id, what differs between `people` and the memberships `before`.

    A revision is at least `revision`, the facts' place in the stream: so it also grows when the store is rebuilt from
    a replay, and those who have heard the former announcements still listen.
    """
    for person in people:
        for member, reason in person.members.items():
            known = before[member]
            if (known.person_id, known.person_name, known.reason) != (person.id, person.name, reason):
                yield (
                    member,
                    IdentityChanged(
                        platform=known.platform,
                        account=known.account,
                        person_id=person.id,
                        person_name=person.name,
                        previous_person_id=known.person_id,
                        reason=reason,
                        revision=max(known.revision + 1, revision),
                        changed_at=now,
                    ),
                )
