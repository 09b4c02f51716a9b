"""GitHub's private addresses, which tell the login and, since 2017, the permanent id."""

import re
from typing import Final

from bdc_contracts import Handle

PLATFORM: Final = "github"

_NOREPLY: Final = re.compile(r"(?:(?P<id>\d+)\+)?(?P<login>[^@+\s]+)@users\.noreply\.github\.com", re.IGNORECASE)


def github_handles(email: str) -> tuple[Handle, ...]:
    """Return the GitHub account that a `12345+login@users.noreply.github.com` address belongs to, if it is one."""
    if not email.endswith(".com") and not email.lower().endswith(".com"):
        return ()
    found = _NOREPLY.fullmatch(email.strip())
    return (Handle(platform=PLATFORM, login=found["login"], id=found["id"]),) if found else ()
