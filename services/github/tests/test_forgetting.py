"""Somebody is forgotten: the history stays, without them, and they do not come back when it is collected again."""

import asyncio
from datetime import UTC, datetime
from typing import Any

import httpx
import pytest
from bdc_chassis.api_errors import HANDLERS
from bdc_chassis.bus import Publisher
from bdc_chassis.bus.tail import tail
from bdc_chassis.service import ServiceContext
from bdc_contracts import DocumentChanged, ForgottenKeys, PersonErased, PersonForgotten, email_subject
from bdc_github.routes import routes
from starlette.applications import Starlette

from .repositories import Repository
from .world import World

ANN = "ann@example.org"
BEN = {"GIT_AUTHOR_NAME": "Ben Ode", "GIT_AUTHOR_EMAIL": "ben@x.org"}
BEN |= {"GIT_COMMITTER_NAME": "Ben Ode", "GIT_COMMITTER_EMAIL": "ben@x.org"}
EVERYTHING = (
    "SELECT repository::text FROM repository UNION ALL SELECT commit::text FROM commit"
    " UNION ALL SELECT person::text FROM person UNION ALL SELECT forgotten::text FROM forgotten"
)


@pytest.fixture
async def history(world: World, repository: Repository) -> Repository:
    repository.commit("First\n\nby hand")
    repository.commit("Second\n\nReported-by: Ann Lee <ANN@example.org>\n", **BEN)
    repository.commit("Third", **BEN)
    await world.collected(repository.path)
    await world.project()
    return repository


async def forget(world: World, *emails: str) -> PersonErased:
    nobody = ForgottenKeys(salt="s", hashes=())
    keys = ForgottenKeys(salt="s", hashes=tuple(nobody.hashed(email_subject(email)) for email in emails))
    request = PersonForgotten(request_id="f-1", keys=keys, requested_at=datetime(2026, 1, 2, tzinfo=UTC))
    async with Publisher(world.bus) as publisher:
        await publisher.publish(request)
    async with world.serving(), asyncio.timeout(30):
        async for fact in tail(world.bus, PersonErased.subscription(), history=True):
            return PersonErased.model_validate_json(fact.payload)
    raise AssertionError


async def facts(world: World, subject: str = ">") -> list[str]:
    return [fact.payload.decode() async for fact in tail(world.bus, subject, history=True, follow=False)]


async def stored(world: World) -> str:
    return "\n".join(row[0] for row in await world.rows(EVERYTHING)).lower()


async def test_the_history_stays_without_them(world: World, history: Repository):
    before = await world.live()

    erased = await forget(world, ANN)
    await world.project()

    assert await world.live() == before
    assert {kind: erased.counts[kind] for kind in ("accounts", "commits")} == {"accounts": 1, "commits": 2}
    authors = await world.rows("SELECT author_name, author_email, author_account FROM commit ORDER BY author_at")
    assert [row.author_name for row in authors] == ["[forgotten]", "Ben Ode", "Ben Ode"]
    assert ANN not in await stored(world)
    assert ANN not in "".join(await facts(world)).lower()
    documents = [DocumentChanged.model_validate_json(each) for each in await facts(world, "bdc.v1.*.document.changed")]
    newest = {document.document_id: document for document in documents}
    assert sorted((who(each), each.text) for each in newest.values()) == [
        ("Ben Ode", ""),
        ("Ben Ode", "Reported-by: [forgotten]"),
        ("[forgotten]", "by hand"),
    ]


def who(document: DocumentChanged) -> str:
    assert document.author is not None
    return document.author.name or document.author.account


async def test_they_do_not_come_back_when_collected_again(world: World, history: Repository):
    await forget(world, ANN)
    history.commit("Fourth, by Ann again")

    await world.collected(history.path)
    await world.collected(history.path, from_archive=True)
    await world.project()

    assert len(await world.live()) == 4
    assert ANN not in await stored(world)
    assert ANN not in "".join(await facts(world)).lower()


async def test_all_that_is_held_about_an_account_can_be_exported(world: World, history: Repository):
    held: dict[str, Any]
    context = ServiceContext(world.settings, world.bus, world.engine)
    app = Starlette(routes=list(routes(context)), exception_handlers=HANDLERS)
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://github") as client:
        asked = {"platform": "git", "account": f"Ann Lee <{ANN}>"}
        held = (await client.get("/v1/export", params=asked)).json()
        refused = await client.get("/v1/export")

    assert [commit["message"] for commit in held["commits"]] == ["First\n\nby hand\n"]
    assert [seen["context"] for seen in held["sightings"]]
    assert refused.status_code == 400
