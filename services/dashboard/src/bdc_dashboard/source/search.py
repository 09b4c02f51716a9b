"""Documents that answer a question: `GET /v1/search` of the indexer."""

from datetime import date, datetime
from typing import Final

from pydantic import ConfigDict, TypeAdapter
from pydantic.dataclasses import dataclass

from bdc_dashboard.source.client import ReadApi
from bdc_dashboard.source.periods import day_after, first_day

INDEXER: Final = "indexer"


@dataclass(frozen=True, config=ConfigDict(extra="ignore"))
class Author:
    """Who wrote a document: the profile and, where identity knows it, the person."""

    platform: str = ""
    account: str = ""
    name: str | None = None
    person_id: str | None = None
    person_name: str | None = None


@dataclass(frozen=True, config=ConfigDict(extra="ignore"))
class Hit:
    """A found document; `highlights` are [start, end) offsets into the plain text `snippet`."""

    document_id: str
    source: str = ""
    kind: str = ""
    container: str = ""
    title: str | None = None
    snippet: str | None = None
    highlights: tuple[tuple[int, int], ...] = ()
    author: Author | None = None
    occurred_at: datetime | None = None
    url: str | None = None
    score: float | None = None


@dataclass(frozen=True, config=ConfigDict(extra="ignore"))
class Results:
    """The hits, best first, and how long the index took (milliseconds)."""

    query: str | None = None
    took_ms: float = 0.0
    results: tuple[Hit, ...] = ()


@dataclass(frozen=True)
class Question:
    """What is searched for; empty filters do not filter, `since` and `until` both belong to the range."""

    q: str = ""
    source: str = ""
    kind: str = ""
    container: str = ""
    person: str = ""
    since: date | None = None
    until: date | None = None
    limit: int = 20


_RESULTS: Final = TypeAdapter(Results)


async def search(api: ReadApi, question: Question) -> Results:
    """Return the documents that answer the question."""
    params = {
        "q": question.q,
        "source": question.source,
        "kind": question.kind,
        "container": question.container,
        "person": question.person,
        "since": first_day(question.since),
        "until": day_after(question.until),
        "limit": question.limit,
    }
    return await api.read(INDEXER, "/v1/search", _RESULTS, params)
