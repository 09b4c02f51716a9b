"""What a sighting proves about a profile: keys that it shares with the other profiles of the same person."""

from collections.abc import Iterator
from enum import StrEnum
from typing import Final, NamedTuple

from bdc_chassis.store.text import storable
from bdc_contracts import Handle, PersonSeen, normal_email

from bdc_identity.addresses import AddressKind, AddressRules
from bdc_identity.names import fold, is_full_name
from bdc_identity.noreply import noreply_handle

# On these an account is a name and an address, not an id that the platform gave.
ADDRESS_PLATFORMS: Final = frozenset({"git", "mail"})
MAX_VALUE_LENGTH: Final = 600  # characters: what an index entry of PostgreSQL holds in any script


class Kind(StrEnum):
    """Kinds of evidence, the strongest first."""

    ACCOUNT = "account"
    VERIFIED_EMAIL = "verified_email"
    LOGIN = "login"
    EMAIL = "email"
    NAMED_EMAIL = "named_email"


KINDS: Final = {kind.value: kind for kind in Kind}  # looking up is ten times as fast as calling Kind


class Evidence(NamedTuple):
    """One key. `qualifier` of a login is the account id seen with it, empty if none was."""

    kind: Kind
    value: str
    qualifier: str = ""

    @property
    def key(self) -> tuple[Kind, str]:
        """What must be equal for two profiles to share this evidence."""
        return self.kind, self.value


def evidence_of(seen: PersonSeen, rules: AddressRules) -> frozenset[Evidence]:
    """Return all evidence in one sighting, the weak included: `Trust` decides which of it joins profiles."""
    address = normal_email(seen.email)
    found = {*_accounts(seen, address), *_addresses(seen, address, rules)}
    return frozenset(
        item for item in found if len(item.value) + len(item.qualifier) <= MAX_VALUE_LENGTH and _clean(item)
    )


def _clean(item: Evidence) -> bool:
    text = item.value + item.qualifier
    return (text.isascii() or storable(text) == text) and "\x00" not in text


def _accounts(seen: PersonSeen, address: str) -> Iterator[Evidence]:
    if seen.platform not in ADDRESS_PLATFORMS:
        yield Evidence(Kind.ACCOUNT, f"{seen.platform}:{seen.account}")
    for handle in seen.handles:
        yield from _handle(handle)
    if derived := noreply_handle(address):
        yield from _handle(derived)


def _handle(handle: Handle) -> Iterator[Evidence]:
    if handle.id:
        yield Evidence(Kind.ACCOUNT, f"{handle.platform}:{handle.id}")
    if handle.login:
        yield Evidence(Kind.LOGIN, f"{handle.platform}:{handle.login.lower()}", handle.id or "")


def _addresses(seen: PersonSeen, address: str, rules: AddressRules) -> Iterator[Evidence]:
    if not address:
        return
    yield Evidence(Kind.EMAIL, address)
    if seen.email_verified:
        yield Evidence(Kind.VERIFIED_EMAIL, address)
    if rules.kind(address) is AddressKind.WEAK and is_full_name(name := fold(seen.name or "")):
        yield Evidence(Kind.NAMED_EMAIL, f"{address}\n{name}")
