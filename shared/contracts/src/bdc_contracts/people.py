"""People as a source shows them: one account or address, seen somewhere, in some period."""

import unicodedata
from datetime import datetime
from typing import ClassVar, Self

from bdc_contracts.event import EPOCH, Event, Record


class Handle(Record):
    """An account name and, where the platform has one, its permanent id (GitHub's numeric user id)."""

    platform: str
    login: str | None = None
    id: str | None = None


class PersonRef(Record):
    """Points at a profile: the platform and the account's natural key there."""

    platform: str
    account: str
    name: str | None = None

    @classmethod
    def of_address(cls, platform: str, name: str | None, email: str | None) -> Self:
        """Return the reference for a source that knows people as name and address (git, mail)."""
        return cls(platform=platform, account=address_account(name, email), name=name or None)


class PersonSeen(Event):
    """`bdc.v1.<domain>.person.seen`: a source showed this account in `context` between two moments.

    Published at most once per account and run; consumers widen the period, so repetition and order are harmless.
    """

    ENTITY: ClassVar[str] = "person"
    ACTION: ClassVar[str] = "seen"

    domain: str
    platform: str
    account: str
    context: str
    name: str | None = None
    email: str | None = None
    email_verified: bool = False
    handles: tuple[Handle, ...] = ()
    first_seen: datetime | None = None
    last_seen: datetime | None = None
    visibility: str = "public"

    def event_key(self) -> str:
        return f"{self.platform}:{self.account}@{self.context}"

    def event_time(self) -> datetime:
        return self.last_seen or EPOCH

    def ref(self) -> PersonRef:
        """Return the reference that documents and facts use for this account."""
        return PersonRef(platform=self.platform, account=self.account, name=self.name)


def address_account(name: str | None, email: str | None) -> str:
    """Return the natural key of a name and address: `Ann Lee <ann@example.org>`.

    The address is case-folded and the name is NFC with white space folded, since mail programs vary both.
    """
    folded = " ".join(unicodedata.normalize("NFC", name or "").split())
    return f"{folded} <{normal_email(email)}>"


def normal_email(email: str | None) -> str:
    """Return the address as it is compared: trimmed, without angle brackets, lower case."""
    return (email or "").strip().strip("<>").strip().lower()
