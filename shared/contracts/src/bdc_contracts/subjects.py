"""The subject grammar: `bdc.v1.<domain>.<entity>.<action>[.<route>]`, in the past tense (DESIGN §4)."""

import re
from typing import Final

PREFIX: Final = "bdc.v1"
CONTROL: Final = "control"

_TOKEN = r"[a-z][a-z0-9_-]*"
_SUBJECT = re.compile(rf"bdc\.v(?P<major>[1-9]\d*)\.{_TOKEN}\.{_TOKEN}\.{_TOKEN}(\.{_TOKEN})?")


def subject(domain: str, entity: str, action: str, *, route: str | None = None) -> str:
    """Build a subject; `route` names the one service that a control message is for.

    Raises:
        ValueError: a part is not a lower-case token.
    """
    built = ".".join((PREFIX, domain, entity, action, *([route] if route else [])))
    if not is_subject(built):
        raise ValueError(f"{built!r} is not a subject of the form bdc.v1.<domain>.<entity>.<action>")
    return built


def is_subject(text: str) -> bool:
    """Tell whether `text` follows the grammar."""
    return _SUBJECT.fullmatch(text) is not None


def anywhere(entity: str, action: str = "*") -> str:
    """Return the subscription that matches an entity of every domain, such as `bdc.v1.*.person.seen`."""
    return f"{PREFIX}.*.{entity}.{action}"
