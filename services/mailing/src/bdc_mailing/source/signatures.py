"""Accounts elsewhere that authors give as their own at the end of their mail."""

import re
from typing import Final, NamedTuple

MAX_SIGNATURE_CHARS: Final = 2000
MAX_ACCOUNTS: Final = 3
"""A signature with more is a list of projects."""

_SIGNATURE: Final = "\n-- \n"
_ACCOUNT = re.compile(
    r"(?:https?://)?(?:www\.)?(?<![\w.-])(github|gitlab)"
    r"(?:\.com/@?|(?:\.com)?\s?(?:id|user|account|handle)?\s?[:=]\s?@?)"
    r"([a-z0-9](?:[a-z0-9-]{0,37}[a-z0-9])?)/?(?=[\s,;|)>\]]|$)",
    re.IGNORECASE,
)


class Account(NamedTuple):
    """An account name on a platform."""

    platform: str
    login: str


def signed_accounts(text: str) -> tuple[Account, ...]:
    """Return the accounts of a message's signature; of somebody else's in a quotation, and of repositories, none.

    A bare `@name` is no evidence: too many networks write names like that.
    """
    _, separator, signature = text.rpartition(_SIGNATURE)
    if not separator or len(signature) > MAX_SIGNATURE_CHARS:
        return ()
    lowered = signature.lower()
    if "github" not in lowered and "gitlab" not in lowered:
        return ()
    lines = "\n".join(line for line in signature.split("\n") if not line.startswith(">"))
    found = dict.fromkeys(Account(each[1].lower(), each[2]) for each in _ACCOUNT.finditer(lines))
    return tuple(found) if len(found) <= MAX_ACCOUNTS else ()
