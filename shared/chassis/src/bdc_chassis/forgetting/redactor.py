"""Takes forgotten people out of values, recognising them by salted hashes alone.

What is recognised is an address of theirs, wherever in a text, and a reference to an account of theirs. A name alone
is not: nobody can tell whose it is.
"""

import re
from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import Any, Final, TypeVar

from bdc_contracts import (
    Event,
    ForgottenKeys,
    PersonSeen,
    account_subject,
    email_subject,
    identity_subject,
    normal_email,
)

FORGOTTEN: Final = "[forgotten]"

LONGEST: Final = 254  # characters of an address (RFC 5321), and so of each of its parts
NAME_WINDOW: Final = 100
_CACHED: Final = 65_536

_LOCAL_BACKWARDS: Final = re.compile(r"[^\s<>()\[\],;:\"\\|{}@]+")
_DOMAIN: Final = re.compile(r"[^\W_](?:[\w.-]*[^\W_])?")
# Up to four words or a quoted text, which stand directly before `<address>`.
_NAME: Final = re.compile(r"(?:\"[^\"\n]*\"|(?:[^\s<>:;,\"@()]+[ \t]+){0,3}[^\s<>:;,\"@()]+)[ \t]*\Z")
_PROFILE_ID: Final = re.compile(r"[0-9a-f]{32}")
# What may stand before an address; the former also inside of one, so that only the whole is an address then.
_PUNCTUATION: Final = "._-+"
_SEPARATORS: Final = "'`*=/?!&%#$^~"

E = TypeVar("E", bound=Event)


class Redactor:
    """Recognises the people behind `keys`, and returns values without them."""

    def __init__(self, keys: ForgottenKeys) -> None:
        self.keys = keys
        self._hashes = frozenset(keys.hashes)
        self._holds = lru_cache(maxsize=_CACHED)(self._is_known)

    def holds_email(self, email: str | None) -> bool:
        """Tell whether this address is one of theirs."""
        return bool(normal_email(email)) and self._holds(email_subject(email or ""))

    def holds_account(self, platform: str, account: str) -> bool:
        """Tell whether this account is one of theirs: by its key, or by the address in it."""
        return self._holds(account_subject(platform, account)) or self.text(account) != account

    def sees(self, seen: PersonSeen) -> bool:
        """Tell whether a sighting is one of them."""
        return (
            self.holds_account(seen.platform, seen.account)
            or self.holds_email(seen.email)
            or any(handle.id and self._holds(account_subject(handle.platform, handle.id)) for handle in seen.handles)
        )

    def names(self, value: Any) -> bool:
        """Tell whether a JSON-like value says anything about them."""
        return bool(self.without(value) != value)

    def event(self, event: E) -> E:
        """Return the event without them; the event itself where it does not name them."""
        value = event.model_dump(mode="json")
        changed = self.without(value)
        return event if changed == value else type(event).model_validate(changed)

    def without(self, value: Any) -> Any:
        """Return a JSON-like value without them.

        Texts change as `text` says; names beside their addresses and accounts go, and the ids of their profiles.
        """
        if isinstance(value, str):
            return FORGOTTEN if self._is_profile(value) else self.text(value)
        if isinstance(value, Mapping):
            return self._mapping(value)
        if isinstance(value, (list, tuple)):
            return [self.without(item) for item in value if not self._is_profile(item)]
        return value

    def text(self, text: str) -> str:
        """Return `text` with `Name <address>` and bare addresses of theirs replaced by `[forgotten]`."""
        if "@" not in text:
            return text
        pieces: list[str] = []
        end = 0
        for start, stop in self._merged(text):
            pieces += (text[end:start], FORGOTTEN)
            end = stop
        return "".join((*pieces, text[end:])) if pieces else text

    def blanked(self, data: bytes) -> bytes:
        """Return raw input of the same length without their addresses and the names before them.

        Whatever points at a place in it still does. What is encoded (Base64, say) is not seen through.
        """
        if b"@" not in data:
            return data
        text = data.decode("latin-1")  # a character is a byte
        pieces: list[str] = []
        end = 0
        for start, stop in self._merged(text):
            pieces += (text[end:start], FORGOTTEN[: stop - start].ljust(stop - start))
            end = stop
        return "".join((*pieces, text[end:])).encode("latin-1") if pieces else data

    def _mapping(self, value: Mapping[str, Any]) -> dict[str, Any]:
        platform, account = value.get("platform"), value.get("account")
        if isinstance(platform, str) and isinstance(account, str) and self.holds_account(platform, account):
            rest = {name: item for name, item in value.items() if name not in {"name", "email", "handles"}}
            return {name: self.without(item) for name, item in rest.items()} | {"account": FORGOTTEN}
        theirs = {name for name, item in value.items() if isinstance(item, str) and self._is_address(item)}
        kept = {name: "" if name in theirs else self.without(item) for name, item in value.items()}
        return kept | {"name": FORGOTTEN} if theirs and isinstance(value.get("name"), str) else kept

    def _is_profile(self, item: Any) -> bool:
        return isinstance(item, str) and bool(_PROFILE_ID.fullmatch(item)) and self._holds(identity_subject(item))

    def _is_address(self, text: str) -> bool:
        return "@" in text and len(text) <= LONGEST and self.holds_email(text)

    def _merged(self, text: str) -> list[tuple[int, int]]:
        """Return what has to go; a name that is an address itself (`"a@x" <a@x>`) goes with the address after it."""
        spans: list[tuple[int, int]] = []
        for start, stop in self._spans(text):
            if spans and start < spans[-1][1]:
                before, end = spans.pop()
                spans.append((min(before, start), max(end, stop)))
            else:
                spans.append((start, stop))
        return spans

    def _spans(self, text: str) -> Iterator[tuple[int, int]]:
        """Yield where their addresses are, each with the name before it."""
        at = text.find("@")
        while at >= 0:
            if span := self._span(text, at):
                yield span
            at = text.find("@", at + 1)

    def _span(self, text: str, at: int) -> tuple[int, int] | None:
        local = _LOCAL_BACKWARDS.match(text[max(0, at - LONGEST) : at][::-1])
        domain = _DOMAIN.match(text, at + 1, at + 1 + LONGEST)
        if local is None or domain is None:
            return None
        left, right = at - local.end(), domain.end()
        start = next((each for each in _starts(text, left, at) if self.holds_email(text[each:right])), None)
        if start is None:
            return None
        if text[start - 1 : start] != "<" or text[right : right + 1] != ">":
            return start, right
        name = _NAME.search(text[max(0, start - 1 - NAME_WINDOW) : start - 1])
        return start - 1 - (len(name[0]) if name else 0), right + 1

    def _is_known(self, subject: str) -> bool:
        return self.keys.hashed(subject) in self._hashes


def _starts(text: str, left: int, at: int) -> Iterator[int]:
    """Yield where the local part that ends before `at` may begin, from `left` on."""
    yield left
    bare = at - len(text[left:at].lstrip(_PUNCTUATION + _SEPARATORS))
    if left < bare < at:
        yield bare
    yield from (index + 1 for index in range(bare, at - 1) if text[index] in _SEPARATORS)
