"""What the read API answers."""

from datetime import datetime

from bdc_contracts import Handle, Record


class Context(Record):
    """Where a profile was seen: a repository, list or channel of a domain."""

    domain: str
    context: str
    visibility: str
    first_seen: datetime | None
    last_seen: datetime | None


class ProfileView(Record):
    """One account of a person; `name` and `email` are the latest of `names` and `emails`, which are newest first."""

    id: str
    platform: str
    account: str
    name: str | None
    email: str | None
    names: tuple[str, ...]
    emails: tuple[str, ...]
    handles: tuple[Handle, ...]
    contexts: tuple[Context, ...]
    reason: str
    since: datetime
    first_seen: datetime | None
    last_seen: datetime | None


class PersonView(Record):
    """A person with all profiles and the reason why each belongs."""

    id: str
    name: str
    emails: tuple[str, ...]
    first_seen: datetime | None
    last_seen: datetime | None
    profiles: tuple[ProfileView, ...]


class PersonLine(Record):
    """A person in a listing; `profiles` is how many there are."""

    id: str
    name: str
    profiles: int
    emails: tuple[str, ...]
    first_seen: datetime | None
    last_seen: datetime | None


class PeoplePage(Record):
    """A page of the people that a query finds, and how many it finds in all."""

    total: int
    people: tuple[PersonLine, ...]


class Counts(Record):
    """How many there are; `merged` are people with more than one profile."""

    people: int
    profiles: int
    emails: int
    merged: int


class Summary(Record):
    """What the service holds, and the period that it was seen in."""

    service: str = "identity"
    counts: Counts
    first: datetime | None
    last: datetime | None
