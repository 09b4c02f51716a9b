"""Addresses that a forge gives to its users, which hold the account's login and usually its permanent id."""

import re
from typing import Final

from bdc_contracts import Handle

_FORMS: Final = (
    # https://docs.github.com/account-and-profile/reference/email-addresses-reference
    ("github", re.compile(r"(?:(?P<id>\d+)\+)?(?P<login>[^@+\s]+)@users\.noreply\.github\.com")),
    ("gitlab", re.compile(r"(?P<id>\d+)-(?P<login>[^@\s]+)@users\.noreply\.gitlab\.com")),
)


def noreply_handle(address: str) -> Handle | None:
    """Return the account that a normalised address belongs to, or None if no forge gave it."""
    if "@users.noreply." not in address:
        return None
    for platform, form in _FORMS:
        if match := form.fullmatch(address):
            return Handle(platform=platform, login=match["login"], id=match["id"])
    return None
