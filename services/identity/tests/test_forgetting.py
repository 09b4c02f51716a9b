"""Somebody is forgotten by identity itself, and does not come back."""

import logging
from collections.abc import Callable
from typing import Any

import pytest
from bdc_chassis.bus import Bus, Publisher
from bdc_chassis.bus.tail import tail
from bdc_contracts import DecisionMade, IdentityChanged, PersonForgotten, PersonSeen, ReplayRequested
from bdc_identity.replay import replay
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from .conftest import NOON, git_seen, mail_seen
from .humans import id_of
from .test_write_api import Api, api  # noqa: F401  (the fixture)

ANN, LEE = "ann@x.org", "lee@y.org"
ANN_GIT, ANN_MAIL = git_seen("Annabel Lee", ANN), mail_seen("A. Lee", LEE)
WRONG, BEN = git_seen("Ben Ode", "ben@x.org"), mail_seen("Ben Ode", "ben@x.org")
BUILD = git_seen("Ann Lee", "root@localhost")
OTHERS_BUILD = git_seen("Cem Ay", "root@localhost")


async def dump(engine: AsyncEngine) -> str:
    """Return everything that every table holds, as one lower-case text."""
    tables = "SELECT table_name FROM information_schema.tables WHERE table_schema = 'identity'"
    async with engine.connect() as tx:
        names = list((await tx.execute(text(tables))).scalars())
        rows = [row for name in names for row in (await tx.execute(text(f'SELECT t::text FROM "{name}" t'))).scalars()]
    return "\n".join(rows).lower()


async def on_the_bus(bus: Bus, subject: str = "bdc.v1.identity.>") -> str:
    return "\n".join([f.payload.decode() async for f in tail(bus, subject, history=True, follow=False)]).lower()


async def forget(api: Api, seen: PersonSeen) -> str:  # noqa: F811
    answer = await api.client.post(f"/v1/people/{id_of(seen)}/forget")
    assert answer.status_code == 202, answer.text
    request_id: str = answer.json()["request_id"]
    await api.until(f"/v1/forgettings/{request_id}", lambda found: bool(found.get("confirmed")))
    return request_id


@pytest.fixture
async def known(api: Api) -> Api:  # noqa: F811
    """Ann, whom humans merged, and Ben, who was mixed up with her once."""
    await api.publish(ANN_GIT, ANN_MAIL, WRONG, BEN, BUILD, OTHERS_BUILD)
    await api.decide(verb="merge", people=[id_of(ANN_GIT), id_of(ANN_MAIL)], note=f"Wrote from {LEE}, too.")
    await api.decide(verb="merge", people=[id_of(ANN_GIT), id_of(WRONG)])
    await api.decide(verb="split", profiles=[id_of(WRONG), id_of(BEN)])
    return api


async def test_nothing_of_them_is_left_in_the_store_on_the_bus_or_in_the_log(
    known: Api, engine: AsyncEngine, caplog: pytest.LogCaptureFixture
):
    caplog.set_level(logging.DEBUG)

    await forget(known, ANN_GIT)

    left = await dump(engine) + await on_the_bus(known.bus)
    logged = "\n".join(record.getMessage() for record in caplog.records if record.name.startswith("bdc_")).lower()
    for trace in (ANN, LEE, "annabel lee", id_of(ANN_GIT), id_of(ANN_MAIL)):
        assert trace not in left, left[max(0, left.index(trace) - 300) : left.index(trace) + 100]
        assert trace not in logged
    assert (await known.client.get(f"/v1/people/{id_of(ANN_GIT)}")).status_code == 404


async def test_everybody_else_stays_who_they_are(known: Api):
    await forget(known, ANN_GIT)

    ben = (await known.client.get(f"/v1/people/{id_of(BEN)}")).json()
    assert {profile["account"] for profile in ben["profiles"]} == {WRONG.account, BEN.account}
    cem = (await known.client.get(f"/v1/people/{id_of(OTHERS_BUILD)}")).json()
    assert [profile["account"] for profile in cem["profiles"]] == [OTHERS_BUILD.account]


async def test_collecting_them_again_does_not_bring_them_back(known: Api):
    await forget(known, ANN_GIT)
    again = [ANN_GIT, git_seen("Annie", ANN.upper(), day=9), mail_seen("Ann", LEE, day=9)]
    fence = git_seen("Zoe", "zoe@z.org")

    async with Publisher(known.bus) as publisher:
        for seen in again:
            await publisher.publish(seen.to_message().replayed("again"))
    await known.publish(fence)

    for seen in again:
        assert (await known.client.get(f"/v1/people/{id_of(seen)}")).status_code == 404
    assert (await known.client.get("/v1/people", params={"query": "ann"})).json()["total"] == 1  # root@localhost


async def test_a_mail_map_does_not_bring_them_back(known: Api, engine: AsyncEngine):
    await forget(known, ANN_GIT)

    content = f"Annabel Lee <{ANN}> <{LEE}>\nBen Ode <ben@x.org> <ben@work.org>\n"
    await known.client.post("/v1/mailmaps", params={"origin": "boostorg/json"}, content=content)

    await known.until("/v1/people?email=ben@work.org", lambda found: found["total"] == 1)
    left = await dump(engine) + await on_the_bus(known.bus)
    assert [trace for trace in (ANN, LEE, "annabel") if trace in left] == []


async def test_the_request_says_nothing_of_the_person_and_who_confirmed(known: Api, engine: AsyncEngine):
    request_id = await forget(known, ANN_GIT)

    found = (await known.client.get("/v1/forgettings")).json()["requests"]

    assert [(each["request_id"], [one["service"] for one in each["confirmed"]]) for each in found] == [
        (request_id, ["identity"])
    ]
    assert found[0]["confirmed"][0]["counts"]["profiles"] == 2


async def test_a_replay_into_an_empty_store_forgets_first(known: Api, engine: AsyncEngine):
    await forget(known, ANN_GIT)

    request = ReplayRequested(request_id="r", service="identity", requested_at=NOON)
    async with engine.connect() as tx:
        facts: list[Any] = [event async for event in replay(tx, request)]

    assert isinstance(facts[0], PersonForgotten)
    assert {type(fact) for fact in facts} == {PersonForgotten, DecisionMade, IdentityChanged}
    assert facts[0].keys.holds_email(ANN)
    made: Callable[[Any], bool] = lambda fact: isinstance(fact, DecisionMade) and fact.verb == "split"  # noqa: E731
    (split,) = filter(made, facts)
    assert set(split.left) == {id_of(WRONG), id_of(BEN)}
