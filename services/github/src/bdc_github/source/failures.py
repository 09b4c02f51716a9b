"""What git says when the other side refuses or is not there, as one sentence in the right category."""

import re
from typing import Final

from bdc_chassis.errors import AuthError, BdcError, CommandError, NetworkError, PermissionDenied, RateLimited, redact
from bdc_chassis.git import GitFailed

from bdc_github.source.address import Address

_DENIED: Final = "could not read (Username|Password)|Authentication failed|prompts disabled|error: 401|Invalid username"
_ABSENT: Final = (
    "error: 4(04|10)|[Rr]epository .*not found|does not appear to be a git repository|not a git repository"
    "|does not exist|unrecognized header"
)
_AWAY: Final = (
    "resolve host|Failed to connect|unable to (access|connect)|Connection (refused|reset|timed out)|early EOF|hung up"
    "|RPC failed|Operation (too slow|timed out)|Network is unreachable|error: 5[0-9][0-9]|unexpected disconnect"
)

# The first that matches decides, so the particular comes before the general ("unable to access …: error: 403").
_KNOWN: Final[tuple[tuple[str, type[BdcError], str], ...]] = (
    (
        _DENIED,
        AuthError,
        "{} is private or does not exist: check the address, or give credentials (BDC_GITHUB_TOKEN, or in the address)",
    ),
    (
        r"Permission denied \(|Host key verification failed",
        AuthError,
        "ssh was refused by the server of {}: load a key that may read it, and trust its host key",
    ),
    (r"error: 403|access denied|not authorized", PermissionDenied, "these credentials may not read {}: use others"),
    (r"error: 429", RateLimited, "the server of {} asks to slow down: run again later"),
    (_ABSENT, CommandError, "there is no git repository at {}: check the address"),
    (_AWAY, NetworkError, "{} cannot be reached: check the network, or run again later"),
    (r"No space left on device", CommandError, "the disk is full: make room for the mirror of {}"),
)


def explain(error: GitFailed, address: Address) -> BdcError:
    """Return what an operator should read instead of `error`; it names no secret and no path of this machine."""
    what = address.key if address.local is None else f"the local repository {address.name}"
    for pattern, kind, sentence in _KNOWN:
        if re.search(pattern, error.stderr):
            return kind(sentence.format(what))
    return CommandError(f"{what}: {redact(str(error)).replace(address.remote, what)}")
