"""What git says when the other side refuses or is not there, as one sentence in the right category."""

import re
from collections.abc import Callable
from typing import Final

from bdc_chassis.errors import AuthError, BdcError, CommandError, NetworkError, PermissionDenied, RateLimited, redact

from bdc_github.source.address import Address
from bdc_github.source.git import GitFailed

_Sentence = Callable[[str], BdcError]

_KNOWN: Final[tuple[tuple[str, _Sentence], ...]] = (
    (
        r"could not read (Username|Password)|Authentication failed|terminal prompts disabled|error: 401|Invalid username",
        lambda what: AuthError(
            f"{what} is private or does not exist: check the address, and give credentials (BDC_GITHUB_TOKEN, or in the address)"
        ),
    ),
    (
        r"Permission denied \(|Host key verification failed",
        lambda what: AuthError(
            f"ssh was refused by the server of {what}: load a key that may read it, and trust its host key"
        ),
    ),
    (
        r"error: 403|access denied|not authorized",
        lambda what: PermissionDenied(f"these credentials may not read {what}"),
    ),
    (r"error: 429", lambda what: RateLimited(f"the server of {what} asks to slow down: run again later")),
    (
        r"error: 404|error: 410|[Rr]epository .*not found|does not appear to be a git repository|not a git repository|does not exist",
        lambda what: CommandError(f"there is no git repository at {what}: check the address"),
    ),
    (
        r"Could not resolve host|Failed to connect|Connection (refused|reset|timed out)|unable to (access|connect)|early EOF"
        r"|hung up|RPC failed|Operation (too slow|timed out)|Network is unreachable|error: 5\d\d|unexpected disconnect",
        lambda what: NetworkError(f"{what} cannot be reached: check the network, or run again later"),
    ),
    (r"No space left on device", lambda what: CommandError(f"the disk is full: make room for the mirror of {what}")),
)


def explain(error: GitFailed, address: Address) -> BdcError:
    """Return the error that an operator should read instead of `error`; it names no secret and no path of this machine."""
    what = address.key if address.local is None else f"the local repository {address.name}"
    for pattern, sentence in _KNOWN:
        if re.search(pattern, error.stderr):
            return sentence(what)
    return CommandError(f"{what}: {redact(str(error)).replace(address.remote, what)}")
