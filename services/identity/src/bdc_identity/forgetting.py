"""Forgetting somebody: what identifies them becomes salted hashes, and every service erases what it recognises."""

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from secrets import token_hex
from uuid import uuid4

from bdc_chassis.bus import Projection, Received
from bdc_chassis.forgetting import Erased, Redactor, forgetting
from bdc_contracts import (
    Event,
    ForgottenKeys,
    PersonErased,
    PersonForgotten,
    account_subject,
    email_subject,
    identity_subject,
)
from sqlalchemy.ext.asyncio import AsyncConnection

from bdc_identity.addresses import AddressKind, AddressRules, load_address_rules
from bdc_identity.settings import IdentitySettings
from bdc_identity.settle import settle
from bdc_identity.store import forgetting as store
from bdc_identity.store.people import take_turn
from bdc_identity.views import PersonView, ProfileView

SALT_BYTES = 16


def forgetting_projections(settings: IdentitySettings) -> Sequence[Projection]:
    """Return the durables that erase in this service and take note of who else has."""
    eraser = Eraser(load_address_rules(settings.generic_addresses))
    return [
        forgetting("identity", eraser),
        Projection("identity-confirmations", (PersonErased,), note_confirmations),
    ]


async def order(tx: AsyncConnection, person: PersonView, rules: AddressRules) -> PersonForgotten:
    """Return the request to forget a person, with all that identifies them as hashes under the installation's salt."""
    blank = ForgottenKeys(salt=await store.salt(tx, token_hex(SALT_BYTES)), hashes=())
    hashes = {blank.hashed(subject) for profile in person.profiles for subject in subjects(profile, rules)}
    return PersonForgotten(
        request_id=uuid4().hex,
        keys=blank.model_copy(update={"hashes": tuple(sorted(hashes))}),
        requested_at=datetime.now(UTC),
    )


def subjects(profile: ProfileView, rules: AddressRules) -> Iterable[str]:
    """Yield what identifies a profile: account and id, accounts it is known by, addresses that are its own alone."""
    yield account_subject(profile.platform, profile.account)
    yield identity_subject(profile.id)
    for handle in profile.handles:
        if handle.id:
            yield account_subject(handle.platform, handle.id)
    for email in profile.emails:
        if rules.kind(email) is AddressKind.PERSONAL:
            yield email_subject(email)


class Eraser:
    """Erases people from the store and works out again who everybody is who had to do with them."""

    def __init__(self, rules: AddressRules) -> None:
        self._rules = rules

    async def __call__(self, tx: AsyncConnection, redactor: Redactor) -> Erased:
        """Erase every profile that the hashes recognise."""
        await take_turn(tx)
        await store.salt(tx, redactor.keys.salt)
        ids = await store.theirs(tx, redactor.keys)
        around = await store.erase_profiles(tx, ids, redactor.keys)
        unsaid = [id_ for id_, value in (await store.waiting_announcements(tx)).items() if redactor.names(value)]
        await store.unsay(tx, unsaid)
        if around:
            await settle(tx, around, self._rules, revision=0, now=datetime.now(UTC))
        return Erased({"profiles": len(ids)})


async def note_confirmations(tx: AsyncConnection, batch: Sequence[Received[PersonErased]]) -> Iterable[Event]:
    """Take note of the services that have forgotten somebody."""
    for received in batch:
        await store.confirm(tx, received.event)
    return ()
