"""Which evidence joins profiles, in the light of what all profiles together show."""

from dataclasses import dataclass
from typing import TypeAlias

from bdc_identity.addresses import AddressKind, AddressRules
from bdc_identity.evidence import Kind

Key: TypeAlias = tuple[Kind, str]


@dataclass(frozen=True)
class Trust:
    """The rules for addresses, and what the corpus says against some keys.

    `lists` are addresses of known mailing lists (people post "via" them); `crowded` are keys that so many profiles have
    that they are nobody's own.
    """

    rules: AddressRules
    lists: frozenset[str] = frozenset()
    crowded: frozenset[Key] = frozenset()

    def joins(self, kind: Kind, value: str) -> bool:
        """Tell whether two profiles with this evidence in common are one person, unless something contradicts it."""
        if self.crowded and (kind, value) in self.crowded:
            return False
        if kind is Kind.EMAIL:
            return value not in self.lists and self.rules.kind(value) is AddressKind.PERSONAL
        return True
