"""Which evidence joins profiles, in the light of what all profiles together show."""

from dataclasses import dataclass

from bdc_identity.addresses import AddressKind, AddressRules
from bdc_identity.evidence import Kind


@dataclass(frozen=True)
class Trust:
    """The rules for addresses, and what the corpus says against some keys.

    `lists` are addresses of known mailing lists (people post "via" them); `clashing_logins` are login keys
    seen with two account ids: a login that changed hands says nothing about who uses it.
    """

    rules: AddressRules
    lists: frozenset[str] = frozenset()
    clashing_logins: frozenset[str] = frozenset()

    def joins(self, kind: Kind, value: str) -> bool:
        """Tell whether two profiles with this evidence in common are one person."""
        match kind:
            case Kind.EMAIL:
                return value not in self.lists and self.rules.kind(value) is AddressKind.PERSONAL
            case Kind.LOGIN:
                return value not in self.clashing_logins
            case _:
                return True
