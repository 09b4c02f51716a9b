"""What a person is found by."""

from collections.abc import Iterable
from typing import Final

from bdc_identity.evidence import Kind
from bdc_identity.names import fold
from bdc_identity.resolve import Profile

MAX_LENGTH: Final = 4000  # characters; some robots have thousands of names


def search_text(profiles: Iterable[Profile]) -> str:
    """Return the names, addresses and logins of a person's profiles, folded, one a line."""
    lines: set[str] = set()
    for profile in profiles:
        lines.update(map(fold, profile.names))
        lines.update(item.value for item in profile.evidence if item.kind is Kind.EMAIL)
        lines.update(item.value.partition(":")[2] for item in profile.evidence if item.kind is Kind.LOGIN)
    return "\n".join(sorted(lines))[:MAX_LENGTH]
