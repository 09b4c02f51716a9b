"""What tests do in the place of humans: decisions made and carried out at once, and who belongs to whom after."""

from collections.abc import Iterable
from itertools import count
from typing import Any

from bdc_chassis.bus import Received
from bdc_contracts import DecisionMade, PersonSeen
from bdc_identity.addresses import load_address_rules
from bdc_identity.deciding import Asked, decide
from bdc_identity.decision_projector import DecisionProjector
from bdc_identity.sightings import profile_id
from bdc_identity.store.queries import person_page
from bdc_identity.views import PersonView
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

_sequences = count(10_000)


def id_of(seen: PersonSeen) -> str:
    return profile_id(seen.platform, seen.account)


class Humans:
    """Decide, as `ann`, on the store of a test."""

    def __init__(self, engine: AsyncEngine) -> None:
        self.engine = engine
        self.made: list[DecisionMade] = []
        self._projector = DecisionProjector(load_address_rules())

    async def act(self, verb: str, **asked: Any) -> DecisionMade:
        """Make a decision and carry it out."""
        async with self.engine.connect() as tx:
            made = await decide(tx, Asked.model_validate({"verb": verb} | asked), "ann")
        await self.carry_out(made)
        self.made.append(made)
        return made

    async def carry_out(self, *made: DecisionMade) -> None:
        """Handle decisions as one batch."""
        batch = [Received(each, next(_sequences), each.event_id(), None, each.event_subject(), 1) for each in made]
        async with self.engine.begin() as tx:
            await self._projector(tx, batch)

    async def merge(self, *seen: PersonSeen, **asked: Any) -> DecisionMade:
        return await self.act("merge", people=list(map(id_of, seen)), **asked)

    async def split(self, *seen: PersonSeen, **asked: Any) -> DecisionMade:
        return await self.act("split", profiles=list(map(id_of, seen)), **asked)

    async def undo(self, made: DecisionMade) -> DecisionMade:
        return await self.act("undo", undoes=made.decision_id)

    async def person(self, seen: PersonSeen) -> PersonView:
        """Return the person of an account."""
        async with self.engine.connect() as tx:
            found = await person_page(tx, id_of(seen))
        assert found is not None
        return found

    async def groups(self, seen: Iterable[PersonSeen]) -> set[frozenset[str]]:
        """Return who is with whom, by account."""
        people = [await self.person(each) for each in seen]
        return {frozenset(profile.account for profile in person.profiles) for person in people}

    async def state(self) -> dict[str, Any]:
        """Return all that people are, to the last reason."""
        async with self.engine.connect() as tx:
            return {
                what: list(map(tuple, await tx.execute(text(statement))))
                for what, statement in (
                    ("people", "SELECT * FROM person ORDER BY id"),
                    ("members", "SELECT profile_id, person_id, reason FROM membership ORDER BY 1"),
                    ("links", "SELECT * FROM link ORDER BY 1, 2"),
                    ("candidates", "SELECT * FROM candidate ORDER BY 1, 2"),
                )
            }
