"""The service on the real bus and database: sightings in, people and announcements out."""

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from bdc_chassis.bus import Bus, Projection, Publisher, ensure_consumers, run_projections
from bdc_contracts import IdentityChanged, PersonSeen, ReplayRequested
from bdc_contracts.streams import FACTS
from bdc_identity.projector import projections
from bdc_identity.replay import replay
from bdc_identity.service import SERVICE
from bdc_identity.settings import IdentitySettings
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from .conftest import NOON, Project, git_seen, mail_seen

SECONDS = 20.0
SIGHTINGS = [
    git_seen("Ann Lee", "ann@x.org"),
    mail_seen("ann", "ANN@x.org"),
    git_seen("Ben Ode", "7+ben@users.noreply.github.com"),
]


@pytest.fixture
def settings(make_settings: Callable[..., Any], engine: AsyncEngine) -> IdentitySettings:
    return make_settings(IdentitySettings)


async def publish(bus: Bus, sightings: Sequence[PersonSeen]) -> None:
    async with Publisher(bus) as publisher:
        for seen in sightings:
            await publisher.publish(seen)


@asynccontextmanager
async def serving(
    bus: Bus, engine: AsyncEngine, settings: IdentitySettings, consumers: Sequence[Projection]
) -> AsyncIterator[None]:
    await ensure_consumers(bus.js, SERVICE.name, consumers)
    stop = asyncio.Event()
    task = asyncio.create_task(
        run_projections(bus, engine, consumers, settings=settings, stop=stop, service="identity")
    )
    try:
        yield
    finally:
        stop.set()
        await task


async def changes(bus: Bus, count: int) -> list[IdentityChanged]:
    """Wait for `count` announcements on the stream."""
    subscription = await bus.js.subscribe(IdentityChanged.subscription(), stream=FACTS.name, ordered_consumer=True)
    try:
        return [IdentityChanged.model_validate_json((await subscription.next_msg(SECONDS)).data) for _ in range(count)]
    finally:
        await subscription.unsubscribe()


async def count(engine: AsyncEngine, table: str) -> int:
    async with engine.connect() as tx:
        return (await tx.execute(text(f"SELECT count(*) FROM {table}"))).scalar_one()


async def test_sightings_in_people_and_announcements_out(bus: Bus, engine: AsyncEngine, settings: IdentitySettings):
    async with serving(bus, engine, settings, projections(settings)):
        await publish(bus, SIGHTINGS)
        heard = await changes(bus, 3)

    assert {(event.platform, event.account) for event in heard} == {(seen.platform, seen.account) for seen in SIGHTINGS}
    assert len({event.person_id for event in heard}) == 2
    assert {event.person_name for event in heard} == {"Ann Lee", "Ben Ode"}
    assert (await count(engine, "person"), await count(engine, "membership"), await count(engine, "outbox")) == (
        2,
        3,
        0,
    )


async def test_stopping_between_commit_and_publishing_loses_no_announcement(
    bus: Bus, engine: AsyncEngine, settings: IdentitySettings
):
    projection = projections(settings)[0]
    committed = asyncio.Event()

    async def hang(_bus: Bus, _engine: AsyncEngine) -> None:
        committed.set()
        await asyncio.Event().wait()

    await publish(bus, SIGHTINGS)
    async with serving(
        bus, engine, settings.model_copy(update={"drain_seconds": 0.1}), [replace(projection, after_commit=hang)]
    ):
        await asyncio.wait_for(committed.wait(), SECONDS)
    assert await count(engine, "outbox") == 3

    async with serving(bus, engine, settings, [projection]):
        heard = await changes(bus, 3)

    assert len({event.account for event in heard}) == 3


async def test_a_replay_into_an_empty_database_rebuilds_the_same_people(
    bus: Bus, engine: AsyncEngine, settings: IdentitySettings
):
    async with serving(bus, engine, settings, projections(settings)):
        await publish(bus, SIGHTINGS)
        first = await changes(bus, 3)
        async with engine.begin() as tx:
            await tx.execute(text("TRUNCATE profile, profile_name, profile_context, evidence, person, membership"))
        async with Publisher(bus) as publisher:
            for seen in reversed(SIGHTINGS):
                await publisher.publish(seen.to_message().replayed("again"))
        *_, a, b, c = await changes(bus, 6)

    assert {event.account: event.person_id for event in (a, b, c)} == {
        event.account: event.person_id for event in first
    }
    assert min(event.revision for event in (a, b, c)) > max(event.revision for event in first)


async def test_the_store_replays_the_last_announcement_of_every_profile_under_its_id(
    project: Project, engine: AsyncEngine
):
    await project(SIGHTINGS)

    everything = await replayed(engine)

    assert {event.account for event in everything} == {seen.account for seen in SIGHTINGS}
    assert await replayed(engine) == everything
    assert await replayed(engine, types=("identity.identity.changed",)) == everything
    assert await replayed(engine, types=("github.commit.fetched",)) == []
    assert [event.account for event in await replayed(engine, keys=(f"git:{SIGHTINGS[0].account}",))] == [
        SIGHTINGS[0].account
    ]
    assert await replayed(engine, until=everything[0].changed_at) == []
    assert await replayed(engine, since=everything[0].changed_at + timedelta(days=1)) == []


async def replayed(engine: AsyncEngine, **asked: Any) -> list[IdentityChanged]:
    request = ReplayRequested(request_id="r", service="identity", requested_at=NOON, **asked)
    async with engine.connect() as tx:
        return [event async for event in replay(tx, request) if isinstance(event, IdentityChanged)]
