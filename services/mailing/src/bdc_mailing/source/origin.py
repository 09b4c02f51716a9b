"""Where a message was found: the archive's name, and where a person reads the message there."""

from base64 import b32encode
from hashlib import sha1
from typing import NamedTuple
from urllib.parse import quote

CONTENT = "sha256:"
"""Begins the key of a message without a Message-ID, or with one that is too long: it is a digest then."""
NAME = "mailman:"
"""Begins the key of a message of which only the name is known that Mailman 3 gave it."""
_HASH, _ID = "{hash}", "{id}"
_KEPT_IN_PATHS = "@+=$!,~"


class Origin(NamedTuple):
    """One archive of a list.

    `label` is the same on every run and names no path of this machine: `hyperkitty:https://lists.example/archives`,
    `mbox:2004-01.mbox.gz`. `permalink` is the address of a message, with `{hash}` or `{id}` where its id goes.
    """

    label: str
    permalink: str | None = None

    def url(self, key_id: str) -> str | None:
        """Return where a person reads the message with this Message-ID, None where that cannot be known."""
        if self.permalink is None or key_id.startswith(CONTENT):
            return None
        if _HASH in self.permalink:
            name = key_id.removeprefix(NAME) if key_id.startswith(NAME) else message_id_hash(key_id)
            return self.permalink.replace(_HASH, name)
        return self.permalink.replace(_ID, quote(key_id, safe=_KEPT_IN_PATHS))


def message_id_hash(message_id: str) -> str:
    """Return the name that Mailman 3 gives to a message: the base32 of the SHA-1 of its Message-ID."""
    digest = sha1(message_id.encode("utf-8", "replace"), usedforsecurity=False).digest()
    return b32encode(digest).decode("ascii")
