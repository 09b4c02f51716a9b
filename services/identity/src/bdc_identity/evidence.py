"""What a sighting proves about a profile: keys that it shares with the other profiles of the same person."""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

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


@dataclass(frozen=True, slots=True, order=True)
class Evidence:
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
    found = {*_accounts(seen), *_addresses(seen, rules)}
    return frozenset(
        item for item in found if len(item.value) + len(item.qualifier) <= MAX_VALUE_LENGTH and _clean(item)
    )


def _clean(item: Evidence) -> bool:
    return storable(item.value) == item.value and storable(item.qualifier) == item.qualifier


def _accounts(seen: PersonSeen) -> Iterator[Evidence]:
    if seen.platform not in ADDRESS_PLATFORMS:
        yield Evidence(Kind.ACCOUNT, f"{seen.platform}:{seen.account}")
    derived = noreply_handle(normal_email(seen.email))
    for handle in (*seen.handles, *([derived] if derived else [])):
        yield from _handle(handle)


def _handle(handle: Handle) -> Iterator[Evidence]:
    if handle.id:
        yield Evidence(Kind.ACCOUNT, f"{handle.platform}:{handle.id}")
    if handle.login:
        yield Evidence(Kind.LOGIN, f"{handle.platform}:{handle.login.lower()}", handle.id or "")


def _addresses(seen: PersonSeen, rules: AddressRules) -> Iterator[Evidence]:
    address = normal_email(seen.email)
    if not address:
        return
    yield Evidence(Kind.EMAIL, address)
    if seen.email_verified:
        yield Evidence(Kind.VERIFIED_EMAIL, address)
    name = fold(seen.name or "")
    if is_full_name(name) and rules.kind(address) is AddressKind.WEAK:
        yield Evidence(Kind.NAMED_EMAIL, f"{address}\n{name}")
