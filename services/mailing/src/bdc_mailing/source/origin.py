"""Where a message was found: the archive's name, and where a person reads the message there."""

from base64 import b32encode
from hashlib import sha1
from typing import NamedTuple
from urllib.parse import quote

STANDS_FOR_LONG_ID = "sha256:"
_HASH, _ID = "{hash}", "{id}"
_KEPT_IN_PATHS = "@+=$!,~"


class Origin(NamedTuple):
    """One archive of a list.

    `label` is the same on every run and names no path of this machine: `hyperkitty:https://lists.example/archives`,
    `mbox:2004-01.mbox.gz`. `permalink` is the address of a message with `{hash}` or `{id}` in it.
    """

    label: str
    permalink: str | None = None

    def url(self, message_id: str | None) -> str | None:
        """Return where a person reads the message with this Message-ID, None where that cannot be known."""
        if self.permalink is None or not message_id or message_id.startswith(STANDS_FOR_LONG_ID):
            return None
        if _HASH in self.permalink:
            return self.permalink.replace(_HASH, message_id_hash(message_id))
        return self.permalink.replace(_ID, quote(message_id, safe=_KEPT_IN_PATHS))


def message_id_hash(message_id: str) -> str:
    """Return the name that Mailman 3 gives to a message: the base32 of the SHA-1 of its Message-ID."""
    digest = sha1(message_id.encode("utf-8", "replace"), usedforsecurity=False).digest()
    return b32encode(digest).decode("ascii")
