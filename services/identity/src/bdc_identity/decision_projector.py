"""Decisions into the store, and at once who is who by them."""

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime

from bdc_chassis.bus import Projection, Received
from bdc_contracts import DecisionMade, Event
from sqlalchemy.ext.asyncio import AsyncConnection

from bdc_identity.addresses import AddressRules, load_address_rules
from bdc_identity.announce import announce
from bdc_identity.settings import IdentitySettings
from bdc_identity.settle import settle
from bdc_identity.store.decisions import existing, save_decisions
from bdc_identity.store.people import take_turn


def decision_projection(settings: IdentitySettings) -> Projection:
    """Return the durable consumer of decisions."""
    projector = DecisionProjector(load_address_rules(settings.generic_addresses))
    return Projection("identity-decisions", (DecisionMade,), projector, after_commit=announce)


class DecisionProjector:
    """Stores decisions and works out again who everybody is whom they concern."""

    def __init__(self, rules: AddressRules) -> None:
        self._rules = rules

    async def __call__(self, tx: AsyncConnection, batch: Sequence[Received[DecisionMade]]) -> Iterable[Event]:
        """Handle one batch; what changed waits in the outbox for `announce`, so nothing is returned."""
        await take_turn(tx)
        concerned = await existing(tx, await save_decisions(tx, [received.event for received in batch]))
        if concerned:
            revision = max(received.sequence for received in batch)
            await settle(tx, concerned, self._rules, revision=revision, now=datetime.now(UTC))
        return ()
