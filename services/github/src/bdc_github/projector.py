"""The domain's own events into its store, and the documents that follow from them."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from itertools import chain
from typing import Any, Final, TypeVar

from bdc_chassis.bus import Projection, Received
from bdc_chassis.forgetting import ForgottenPeople, Redactor
from bdc_contracts import (
    BranchAdvanced,
    BranchRemoved,
    CommitFetched,
    CommitVanished,
    Event,
    Message,
    PersonSeen,
    RepositoryRecollected,
    RepositorySeen,
)
from sqlalchemy.ext.asyncio import AsyncConnection

from bdc_github.document_wire import changed_message
from bdc_github.documents import removed
from bdc_github.forgetting import forgetting_projection
from bdc_github.settings import GithubSettings
from bdc_github.store.commits import upsert_commits, upsert_vanished
from bdc_github.store.people import upsert_people
from bdc_github.store.queries import ended_commits
from bdc_github.store.refs import upsert_refs
from bdc_github.store.repositories import Known, end_refs, known_repositories, recollect, upsert_repositories

E = TypeVar("E", bound=Event)

EVENTS: Final = (
    RepositorySeen,
    RepositoryRecollected,
    BranchAdvanced,
    BranchRemoved,
    CommitFetched,
    CommitVanished,
    PersonSeen,
)
_MOVES: Final = {BranchAdvanced, BranchRemoved}
_OWN_PEOPLE: Final = "bdc.v1.github.person.seen"


def projections(settings: GithubSettings) -> Sequence[Projection]:
    """Return the durable consumers: one of everything that this domain says, one that forgets people."""
    subjects = tuple(_OWN_PEOPLE if event is PersonSeen else event.subscription() for event in EVENTS)
    return (Projection("github-store", EVENTS, Projector(), subjects), forgetting_projection(settings))


class Projector:
    """Stores what the domain says, without the people who were forgotten."""

    def __init__(self) -> None:
        self._forgotten = ForgottenPeople()

    async def __call__(self, tx: AsyncConnection, batch: Sequence[Received[Any]]) -> Iterable[Event | Message]:
        """Handle one batch; see `project`."""
        if redactor := await self._forgotten.redactor(tx):
            batch = [_without(fact, redactor) for fact in batch if not _is_theirs(fact, redactor)]
        return await project(tx, batch)


def _is_theirs(fact: Received[Any], redactor: Redactor) -> bool:
    return type(fact.event) is PersonSeen and redactor.sees(fact.event)


def _without(fact: Received[Any], redactor: Redactor) -> Received[Any]:
    return replace(fact, event=redactor.event(fact.event))


async def project(tx: AsyncConnection, batch: Sequence[Received[Any]]) -> Iterable[Event | Message]:
    """Store a batch and return the documents that it changed or removed.

    They follow from the facts of the batch alone, except where a repository was collected anew; consumers order them by
    `revised_at`, as this store orders the facts by `observed_at`.
    """
    await upsert_repositories(tx, _of(batch, RepositorySeen))
    fetched, vanished = _of(batch, CommitFetched), _of(batch, CommitVanished)
    moved = [fact for fact in batch if type(fact.event) in _MOVES]
    recollected = _of(batch, RepositoryRecollected)
    about = [*fetched, *vanished, *moved, *recollected]
    known = await known_repositories(tx, (fact.event.repository for fact in about)) if about else {}
    await upsert_commits(tx, fetched, known)
    await upsert_vanished(tx, vanished, known)
    await upsert_refs(tx, moved, known)
    await recollect(tx, recollected)
    if moved or recollected:
        await end_refs(tx, known.values())
    await upsert_people(tx, _of(batch, PersonSeen))
    gone = [removed(e.repository, e.sha, e.observed_at) for e in _events(vanished)]
    for event in _events(recollected):
        gone += [removed(event.repository, sha, event.observed_at) async for sha in ended_commits(tx, event)]
    # Made when they are published, which is while the database works on the next batch.
    documents = (document for event in _events(fetched) if (document := _document(event, known)))
    return chain(documents, gone)


def _document(event: CommitFetched, known: Mapping[str, Known]) -> Event | Message | None:
    ended_at = known[event.repository].ended(event.observed_at)
    return changed_message(event) if ended_at is None else removed(event.repository, event.sha, ended_at)


def _of(batch: Sequence[Received[Any]], kind: type[E]) -> list[Received[E]]:
    # With a pydantic model isinstance is several times as slow, and each of a batch is asked five times.
    return [fact for fact in batch if type(fact.event) is kind]


def _events(facts: Iterable[Received[E]]) -> Iterable[E]:
    return (fact.event for fact in facts)
