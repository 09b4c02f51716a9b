"""What waits for a decision, what was decided and why accounts are one; and deciding, at identity."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final
from urllib.parse import quote

from pydantic import ConfigDict, Field, TypeAdapter
from pydantic.dataclasses import dataclass

from bdc_dashboard.source.client import ReadApi
from bdc_dashboard.source.people import IDENTITY, PersonLine

_SHAPE: Final = ConfigDict(extra="ignore")


@dataclass(frozen=True, config=_SHAPE)
class ProfileRef:
    """A profile, as little as is needed to recognise it."""

    id: str
    platform: str
    account: str
    name: str | None = None
    email: str | None = None


@dataclass(frozen=True, config=_SHAPE)
class Candidate:
    """Two people who may be one; `chance` is how likely, `clash` what speaks against it."""

    left: ProfileRef
    right: ProfileRef
    left_person: PersonLine
    right_person: PersonLine
    chance: float
    reasons: tuple[str, ...] = ()
    clash: str | None = None


@dataclass(frozen=True, config=_SHAPE)
class Candidates:
    """A part of the review queue."""

    total: int = 0
    candidates: tuple[Candidate, ...] = ()


@dataclass(frozen=True, config=_SHAPE)
class Decision:
    """What somebody decided about the profiles on two sides."""

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
    in_force: bool = True


@dataclass(frozen=True, config=_SHAPE)
class Membership:
    """To whom a profile belonged, since when and why; `until` is None for the present."""

    profile: ProfileRef
    person_id: str
    reason: str
    since: datetime
    until: datetime | None = None


@dataclass(frozen=True, config=_SHAPE)
class History:
    """Former memberships of a person's profiles, and the decisions about them."""

    memberships: tuple[Membership, ...] = ()
    decisions: tuple[Decision, ...] = ()


@dataclass(frozen=True, config=_SHAPE)
class Link:
    """Why two profiles are one person; `odds` are log2 odds."""

    left: str
    right: str
    odds: float = 0.0
    reasons: tuple[str, ...] = ()


@dataclass(frozen=True, config=_SHAPE)
class Graph:
    """The profiles of a person, and what joins them."""

    person_id: str
    profiles: tuple[ProfileRef, ...] = ()
    links: tuple[Link, ...] = ()


@dataclass(frozen=True, config=_SHAPE)
class Made:
    """The answer to a decision: its id, and whether it is carried out."""

    id: str
    in_force: bool = Field(default=False)


_CANDIDATES: Final = TypeAdapter(Candidates)
_HISTORY: Final = TypeAdapter(History)
_GRAPH: Final = TypeAdapter(Graph)
_DECISION: Final = TypeAdapter(Decision)
_MADE: Final = TypeAdapter(Made)


async def read_candidates(api: ReadApi, limit: int, offset: int = 0) -> Candidates:
    """Return a part of the review queue, the most likely first."""
    return await api.read(IDENTITY, "/v1/candidates", _CANDIDATES, {"limit": limit, "offset": offset})


async def read_history(api: ReadApi, person_id: str) -> History:
    """Return to whom a person's profiles belonged, and what was decided."""
    return await api.read(IDENTITY, f"/v1/people/{_part(person_id)}/history", _HISTORY)


async def read_graph(api: ReadApi, person_id: str) -> Graph:
    """Return what joins a person's profiles."""
    return await api.read(IDENTITY, f"/v1/people/{_part(person_id)}/graph", _GRAPH)


async def read_decision(api: ReadApi, decision_id: str) -> Decision:
    """Return one decision."""
    return await api.read(IDENTITY, f"/v1/decisions/{_part(decision_id)}", _DECISION)


async def decide(api: ReadApi, asked: Mapping[str, Any], token: str) -> Made:
    """Make a decision as whoever the token belongs to."""
    return await api.send(IDENTITY, "/v1/decisions", _MADE, asked, token)


def names(side: Sequence[ProfileRef]) -> str:
    """Return who a side of a decision is, in a few words."""
    known = dict.fromkeys(profile.name or profile.account for profile in side)
    first, *others = known or ("nobody",)
    return f"{first} and {len(others)} more" if others else first


def _part(id_: str) -> str:
    return quote(id_, safe="")
