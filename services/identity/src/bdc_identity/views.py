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


class Affiliation(Record):
    """An organisation for which somebody wrote, and when that was seen."""

    organisation: str
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
    affiliations: tuple[Affiliation, ...] = ()
    reason: str
    since: datetime
    first_seen: datetime | None
    last_seen: datetime | None


class PersonView(Record):
    """A person with all profiles and the reason why each belongs."""

    id: str
    name: str
    kind: str
    emails: tuple[str, ...]
    affiliations: tuple[Affiliation, ...] = ()
    first_seen: datetime | None
    last_seen: datetime | None
    profiles: tuple[ProfileView, ...]


class PersonLine(Record):
    """A person in a listing; `profiles` is how many there are."""

    id: str
    name: str
    kind: str
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


class ProfileRef(Record):
    """A profile, as little as is needed to recognise it; `name` and `email` are the latest."""

    id: str
    platform: str
    account: str
    name: str | None = None
    email: str | None = None


class DecisionView(Record):
    """A decision with the profiles that it names, as far as they exist; see `Decision` for the two sides."""

    id: str
    verb: str
    actor: str
    decided_at: datetime
    left: tuple[ProfileRef, ...] = ()
    right: tuple[ProfileRef, ...] = ()
    value: str = ""
    note: str = ""
    origin: str = "human"
    undoes: str | None = None
    in_force: bool


class DecisionsPage(Record):
    """Decisions, the newest first, and how many there are in all."""

    total: int
    decisions: tuple[DecisionView, ...]


class CandidateView(Record):
    """Two people who may be one, by their strongest pair of profiles.

    `odds` are log2 odds that they are, `chance` is the probability that this stands for.
    """

    left: ProfileRef
    right: ProfileRef
    left_person: PersonLine
    right_person: PersonLine
    odds: float
    chance: float
    reasons: tuple[str, ...]
    clash: str | None = None


class CandidatesPage(Record):
    """A page of the review queue, the most likely first, and how long the queue is."""

    total: int
    candidates: tuple[CandidateView, ...]


class FormerMembership(Record):
    """To whom a profile belonged in a period, and why; `until` is None for the present."""

    profile: ProfileRef
    person_id: str
    reason: str
    since: datetime
    until: datetime | None = None


class History(Record):
    """Who belonged to the person's profiles when: memberships, the newest first, and decisions about them."""

    memberships: tuple[FormerMembership, ...]
    decisions: tuple[DecisionView, ...]


class LinkView(Record):
    """Why two profiles are one person."""

    left: str
    right: str
    odds: float
    reasons: tuple[str, ...]


class Graph(Record):
    """The profiles of one person as points, and what joins them."""

    person_id: str
    profiles: tuple[ProfileRef, ...]
    links: tuple[LinkView, ...]


class Why(Record):
    """What leads from one profile to another: steps in their order, or what keeps them apart."""

    together: bool
    profiles: tuple[ProfileRef, ...] = ()
    steps: tuple[LinkView, ...] = ()
    apart: tuple[str, ...] = ()


class Confirmation(Record):
    """A service that has carried out a request to forget somebody; `counts` are rows by kind."""

    service: str
    counts: dict[str, int]
    erased_at: datetime


class Forgetting(Record):
    """A request to forget somebody and who has confirmed it so far; nothing in it says who it was."""

    request_id: str
    requested_at: datetime | None
    confirmed: tuple[Confirmation, ...]


class Forgettings(Record):
    """Requests to forget somebody, the newest first."""

    requests: tuple[Forgetting, ...]
