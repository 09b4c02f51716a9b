"""Sightings of people, merged: each account once per partition run, with the period in which it was seen."""

from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import Final

from bdc_contracts import Event, Handle, PersonSeen

MAX_HELD: Final = 50_000

_Key = tuple[str, str, str]


class _Sighting:
    __slots__ = ("email", "first", "handles", "last", "name", "verified", "visibility")

    def __init__(self, name: str | None, email: str | None, handles: tuple[Handle, ...], visibility: str) -> None:
        self.name = name
        self.email = email
        self.handles = handles
        self.visibility = visibility
        self.verified = False
        self.first: datetime | None = None
        self.last: datetime | None = None


class PeopleSeen:
    """Collects who was seen when; `flush` publishes one `person.seen` per account and context.

    Memory is bounded: with more than 50,000 accounts held, `add` publishes them and starts again. That an account is
    then published twice is harmless, since consumers widen its period.
    """

    def __init__(self, domain: str, publish: Callable[[Event], Awaitable[None]], *, limit: int = MAX_HELD) -> None:
        self._domain = domain
        self._publish = publish
        self._limit = limit
        self._seen: dict[_Key, _Sighting] = {}

    def __len__(self) -> int:
        return len(self._seen)

    async def add(
        self,
        platform: str,
        account: str,
        context: str,
        at: datetime | None,
        *,
        name: str | None = None,
        email: str | None = None,
        email_verified: bool = False,
        handles: tuple[Handle, ...] = (),
        visibility: str = "public",
    ) -> None:
        """Take note that `account` was seen in `context`; `at` is None where the source gives no usable date."""
        key = (platform, account, context)
        seen = self._seen.get(key)
        if seen is None:
            if len(self._seen) >= self._limit:
                await self.flush()
            seen = self._seen[key] = _Sighting(name, email, handles, visibility)
        elif handles and handles != seen.handles:
            seen.handles = tuple(dict.fromkeys((*seen.handles, *handles)))
        seen.verified |= email_verified
        if at is not None:
            if seen.first is None or at < seen.first:
                seen.first = at
            if seen.last is None or at > seen.last:
                seen.last = at

    async def flush(self) -> int:
        """Publish everybody who is held and forget them; return how many."""
        seen, self._seen = self._seen, {}
        for (platform, account, context), sighting in seen.items():
            event = PersonSeen(
                domain=self._domain,
                platform=platform,
                account=account,
                context=context,
                name=sighting.name or None,
                email=sighting.email or None,
                email_verified=sighting.verified,
                handles=sighting.handles,
                first_seen=sighting.first,
                last_seen=sighting.last,
                visibility=sighting.visibility,
            )
            await self._publish(event)
        return len(seen)
