"""Who is who: `GET /v1/people` and `GET /v1/people/{id}` of identity."""

from datetime import datetime
from typing import Final
from urllib.parse import quote

from pydantic import ConfigDict, TypeAdapter
from pydantic.dataclasses import dataclass

from bdc_dashboard.source.client import Params, ReadApi

IDENTITY: Final = "identity"


@dataclass(frozen=True, config=ConfigDict(extra="ignore"))
class PersonLine:
    """A person in a listing; `profiles` is how many accounts were joined into it."""

    id: str
    name: str | None = None
    kind: str = "person"
    profiles: int = 0
    emails: tuple[str, ...] = ()
    first_seen: datetime | None = None
    last_seen: datetime | None = None


@dataclass(frozen=True, config=ConfigDict(extra="ignore"))
class People:
    """One page of people; `total` is how many match in all."""

    total: int | None = None
    people: tuple[PersonLine, ...] = ()


@dataclass(frozen=True, config=ConfigDict(extra="ignore"))
class Context:
    """Where and in which period a source showed a profile."""

    context: str
    first_seen: datetime | None = None
    last_seen: datetime | None = None


@dataclass(frozen=True, config=ConfigDict(extra="ignore"))
class Profile:
    """One account of a person and `reason`, the evidence that joined it to the others."""

    platform: str
    account: str
    id: str = ""
    name: str | None = None
    email: str | None = None
    contexts: tuple[Context, ...] = ()
    reason: str | None = None
    first_seen: datetime | None = None
    last_seen: datetime | None = None


@dataclass(frozen=True, config=ConfigDict(extra="ignore"))
class Affiliation:
    """An organisation for which somebody wrote, and when."""

    organisation: str
    first_seen: datetime | None = None
    last_seen: datetime | None = None


@dataclass(frozen=True, config=ConfigDict(extra="ignore"))
class Person:
    """A person with every profile."""

    id: str
    name: str | None = None
    kind: str = "person"
    profiles: tuple[Profile, ...] = ()
    emails: tuple[str, ...] = ()
    affiliations: tuple[Affiliation, ...] = ()
    first_seen: datetime | None = None
    last_seen: datetime | None = None


_PEOPLE: Final = TypeAdapter(People)
_PERSON: Final = TypeAdapter(Person)


async def find_people(api: ReadApi, query: str, limit: int, offset: int = 0) -> People:
    """Return up to `limit` people whose names or addresses match, all where the query is empty."""
    params: Params = {"query": query, "limit": limit, "offset": offset}
    return await api.read(IDENTITY, "/v1/people", _PEOPLE, params)


async def read_person(api: ReadApi, person_id: str) -> Person:
    """Return a person by present or former id."""
    return await api.read(IDENTITY, f"/v1/people/{quote(person_id, safe='')}", _PERSON)
