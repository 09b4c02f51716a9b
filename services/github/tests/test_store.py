"""The store: the same rows whatever the order, the repetition and the batches of the facts."""

import random
from collections.abc import Awaitable, Callable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from bdc_chassis.bus import Received
from bdc_contracts import (
    BranchAdvanced,
    BranchRemoved,
    CommitFetched,
    CommitFile,
    CommitVanished,
    DocumentChanged,
    DocumentRemoved,
    Event,
    Message,
    PersonSeen,
    ReplayRequested,
    RepositoryRecollected,
    RepositorySeen,
    Signature,
    Trailer,
)
from bdc_github.projector import project
from bdc_github.replay import replay
from bdc_github.service import SERVICE
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from .world import _CONTENT

NOON = datetime(2024, 5, 1, 12, tzinfo=UTC)
REPOSITORY = "github.com/boostorg/asio"
ANN = Signature(name="Ann", email="ann@x.org", at=NOON)

Engine = Callable[[Any], Awaitable[AsyncEngine]]


def moment(minute: int) -> datetime:
    return NOON + timedelta(minutes=minute)


def fetched(sha: str, minute: int, **fields: Any) -> CommitFetched:
    known: dict[str, Any] = {
        "repository": REPOSITORY,
        "sha": sha * 40,
        "snapshot": f"s{minute}",
        "observed_at": moment(minute),
        "author": ANN,
        "committer": ANN,
        "message": f"Commit {sha}\n",
        "files": (CommitFile(path="a", additions=1, deletions=0), CommitFile(path="b", binary=True)),
        "trailers": (Trailer(key="Fixes", value="#1"),),
    }
    return CommitFetched(**known | fields)


def vanished(sha: str, minute: int) -> CommitVanished:
    return CommitVanished(repository=REPOSITORY, sha=sha * 40, snapshot=f"s{minute}", observed_at=moment(minute))


def history() -> list[Event]:
    """Return the facts of an eventful repository."""
    seen = PersonSeen(domain="github", platform="git", account="Ann <ann@x.org>", context=REPOSITORY, name="Ann")
    where = {"repository": REPOSITORY, "ref": "refs/heads/main"}
    return [
        RepositorySeen(repository=REPOSITORY, name="asio", url="https://x.org", observed_at=moment(1)),
        RepositorySeen(repository=REPOSITORY, name="Asio", url="https://x.org", observed_at=moment(5)),
        RepositoryRecollected(repository=REPOSITORY, snapshot="s1", observed_at=moment(1)),
        fetched("a", 1),
        fetched("b", 1),
        fetched("c", 1, stats=False, files=()),
        fetched("d", 0, message="Gone before the recollection\n"),
        BranchAdvanced(**where, sha="a" * 40, observed_at=moment(1)),
        BranchAdvanced(**where, sha="b" * 40, previous_sha="a" * 40, observed_at=moment(2)),
        BranchAdvanced(repository=REPOSITORY, ref="refs/heads/old", sha="d" * 40, observed_at=moment(0)),
        BranchAdvanced(repository=REPOSITORY, ref="refs/heads/topic", sha="c" * 40, observed_at=moment(1)),
        BranchRemoved(repository=REPOSITORY, ref="refs/heads/topic", sha="c" * 40, observed_at=moment(2)),
        vanished("a", 2),
        fetched("a", 3),
        vanished("b", 4),
        fetched("c", 5),
        seen.model_copy(update={"first_seen": moment(1), "last_seen": moment(3)}),
        seen.model_copy(update={"first_seen": moment(2), "last_seen": moment(9)}),
    ]


def received(events: Sequence[Event]) -> list[Received[Event]]:
    return [
        Received(event, number, event.event_id(), None, event.event_subject(), 1)
        for number, event in enumerate(events, 1)
    ]


async def apply(engine: AsyncEngine, batch: Sequence[Received[Event]]) -> list[Event]:
    async with engine.begin() as tx:
        return [_event(told) for told in await project(tx, batch)]


def _event(told: Event | Message) -> Event:
    return DocumentChanged.model_validate_json(told.payload) if isinstance(told, Message) else told


async def content(engine: AsyncEngine) -> dict[str, list[str]]:
    async with engine.connect() as tx:
        return {name: sorted(map(repr, (await tx.execute(text(query))).all())) for name, query in _CONTENT.items()}


async def forget(engine: AsyncEngine) -> None:
    async with engine.begin() as tx:
        await tx.execute(text("TRUNCATE repository, ref, commit, commit_file, person"))


async def test_the_last_word_counts(service_database: Engine) -> None:
    engine = await service_database(SERVICE)
    await apply(engine, received(history()))

    async with engine.connect() as tx:
        live = (await tx.execute(text("SELECT sha FROM commit WHERE vanished_at IS NULL ORDER BY sha"))).scalars().all()
        refs = (await tx.execute(text("SELECT ref, sha FROM ref WHERE removed_at IS NULL"))).all()
        files = (await tx.execute(text("SELECT count(*) FROM commit_file"))).scalar()
    assert live == ["a" * 40, "c" * 40]
    assert [tuple(ref) for ref in refs] == [("refs/heads/main", "b" * 40)]
    assert files == 8


@pytest.mark.parametrize("seed", range(25))
async def test_order_repetition_and_batches_make_no_difference(service_database: Engine, seed: int) -> None:
    engine = await service_database(SERVICE)
    await apply(engine, received(history()))
    expected = await content(engine)
    await forget(engine)
    rng = random.Random(seed)
    facts = received(history()) * 2
    rng.shuffle(facts)

    while facts:
        size = rng.randint(1, 9)
        batch, facts = facts[:size], facts[size:]
        await apply(engine, batch)

    assert await content(engine) == expected


@pytest.mark.parametrize("seed", range(10))
async def test_documents_come_to_the_same_end_in_any_order(service_database: Engine, seed: int) -> None:
    engine = await service_database(SERVICE)
    facts = received(history()) * 2
    random.Random(seed).shuffle(facts)
    last: dict[str, DocumentChanged | DocumentRemoved] = {}
    for fact in facts:
        for document in await apply(engine, [fact]):
            assert isinstance(document, (DocumentChanged, DocumentRemoved))
            known = last.get(document.document_id)
            if known is None or known.revised_at <= document.revised_at:
                last[document.document_id] = document

    found = {name[-1] for name, document in last.items() if isinstance(document, DocumentChanged)}
    assert found == {"a", "c"}


async def test_a_replay_into_an_empty_schema_rebuilds_it(service_database: Engine) -> None:
    engine = await service_database(SERVICE)
    await apply(engine, received(history()))
    expected = await content(engine)
    request = ReplayRequested(request_id="r", service="github", requested_at=NOON)
    async with engine.connect() as tx:
        events = [event async for event in replay(tx, request)]
    await forget(engine)

    await apply(engine, received(events))

    assert await content(engine) == expected


async def test_a_replay_has_the_ids_that_the_facts_had(service_database: Engine) -> None:
    engine = await service_database(SERVICE)
    original = [event for event in history() if isinstance(event, CommitFetched)]
    await apply(engine, received(history()))
    request = ReplayRequested(request_id="r", service="github", types=("github.commit.fetched",), requested_at=NOON)

    async with engine.connect() as tx:
        events = [event async for event in replay(tx, request)]

    assert {event.event_id() for event in events} <= {event.event_id() for event in original}
    assert all(event in original for event in events)


async def test_a_replay_of_one_repository_and_period_is_only_that(service_database: Engine) -> None:
    engine = await service_database(SERVICE)
    late = Signature(name="Ann", email="ann@x.org", at=moment(60))
    other = fetched("e", 1, repository="github.com/boostorg/json")
    await apply(engine, received([*history(), other, fetched("f", 6, committer=late)]))
    request = ReplayRequested(
        request_id="r",
        service="github",
        types=("github.commit.fetched",),
        keys=(REPOSITORY,),
        since=moment(30),
        requested_at=NOON,
    )

    async with engine.connect() as tx:
        events = [event async for event in replay(tx, request)]

    assert [getattr(event, "sha", "")[0] for event in events] == ["f"]


async def test_text_that_postgresql_cannot_hold_is_stored_all_the_same(service_database: Engine) -> None:
    engine = await service_database(SERVICE)
    odd = "a\x00b"
    who = Signature(name=odd, email=odd)
    trailer = Trailer(key=odd, value=odd)
    event = fetched("a", 1, author=who, message=odd, trailers=(trailer,), refs=(odd,), files=(CommitFile(path=odd),))

    await apply(engine, received([event]))

    [row] = (await content(engine))["commit"]
    assert "a\ufffdb" in row
