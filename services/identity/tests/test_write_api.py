"""Decisions over HTTP, on the real bus: who may, what happens, what is answered."""

import asyncio
from collections.abc import AsyncIterator, Callable
from typing import Any

import httpx
import pytest
from bdc_chassis.api_documents import openapi
from bdc_chassis.api_errors import HANDLERS
from bdc_chassis.bus import Bus, Publisher, ensure_consumers, run_projections
from bdc_chassis.bus.tail import tail
from bdc_chassis.service import ServiceContext
from bdc_contracts import IdentityChanged, PersonSeen
from bdc_identity.projector import projections
from bdc_identity.routes import routes
from bdc_identity.service import SERVICE
from bdc_identity.settings import IdentitySettings
from sqlalchemy.ext.asyncio import AsyncEngine
from starlette.applications import Starlette

from .conftest import git_seen, mail_seen
from .humans import id_of

ANN_GIT, ANN_MAIL = git_seen("Ann Lee", "ann@x.org"), mail_seen("A. Lee", "lee@y.org")
BEN = git_seen("Ben Ode", "ben@x.org")
TOKEN = "ann's secret of ann"


class Api:
    """The service's API, asked with Ann's token."""

    def __init__(self, client: httpx.AsyncClient, bus: Bus) -> None:
        self.client = client
        self.bus = bus

    async def publish(self, *seen: PersonSeen) -> None:
        """Publish sightings and wait until each has its person."""
        async with Publisher(self.bus) as publisher:
            for each in seen:
                await publisher.publish(each)
        for each in seen:
            await self.until(f"/v1/people/{id_of(each)}", lambda answer: "error" not in answer)

    async def until(self, path: str, holds: Callable[[Any], bool]) -> Any:
        async with asyncio.timeout(20):
            while not holds(answer := (await self.client.get(path)).json()):  # noqa: ASYNC110  (nobody tells)
                await asyncio.sleep(0.02)
        return answer

    async def decide(self, status: int = 201, **asked: Any) -> dict[str, Any]:
        answer = await self.client.post("/v1/decisions", json=asked)
        assert answer.status_code == status, answer.text
        return answer.json()


@pytest.fixture
async def api(bus: Bus, engine: AsyncEngine, make_settings: Callable[..., Any]) -> AsyncIterator[Api]:
    settings = make_settings(IdentitySettings, identity_tokens={"ann": TOKEN, "ben": "ben's secret of ben"})
    consumers = projections(settings)
    await ensure_consumers(bus.js, SERVICE.name, consumers)
    stop = asyncio.Event()
    running = asyncio.create_task(
        run_projections(bus, engine, consumers, settings=settings, stop=stop, service="identity")
    )
    app = Starlette(routes=list(routes(ServiceContext(settings, bus, engine))), exception_handlers=HANDLERS)
    headers = {"Authorization": f"Bearer {TOKEN}"}
    async with httpx.AsyncClient(
        transport=httpx.ASGITransport(app), base_url="http://identity", headers=headers
    ) as client:
        yield Api(client, bus)
    stop.set()
    await running


async def test_a_decision_is_published_carried_out_and_answered(api: Api):
    await api.publish(ANN_GIT, ANN_MAIL)

    made = await api.decide(verb="merge", people=[id_of(ANN_GIT), id_of(ANN_MAIL)], note="Same avatar.")

    assert (made["actor"], made["verb"], made["note"], made["in_force"]) == ("ann", "merge", "Same avatar.", True)
    assert {profile["account"] for profile in made["left"] + made["right"]} == {ANN_GIT.account, ANN_MAIL.account}
    person = (await api.client.get(f"/v1/people/{id_of(ANN_MAIL)}")).json()
    assert len(person["profiles"]) == 2
    heard = [
        IdentityChanged.model_validate_json(fact.payload)
        async for fact in tail(api.bus, IdentityChanged.subscription(), history=True, follow=False)
    ]
    assert {event.person_id for event in heard[-2:]} == {person["id"]}


async def test_an_undo_splits_them_again_and_the_history_tells(api: Api):
    await api.publish(ANN_GIT, ANN_MAIL)
    merge = await api.decide(verb="merge", people=[id_of(ANN_GIT), id_of(ANN_MAIL)])

    undo = await api.decide(verb="undo", undoes=merge["id"])

    history = (await api.client.get(f"/v1/people/{id_of(ANN_MAIL)}/history")).json()
    assert [(each["id"], each["in_force"]) for each in history["decisions"]] == [
        (undo["id"], True),
        (merge["id"], False),
    ]
    reasons = [each["reason"] for each in history["memberships"] if each["profile"]["id"] == id_of(ANN_MAIL)]
    assert len(reasons) == 3
    assert reasons[1].startswith("Merged by ann")
    assert reasons[0] == reasons[2]


@pytest.mark.parametrize(
    "authorization", ["", "Bearer ", "Bearer wrong", f"Basic {TOKEN}", TOKEN, "Bearer \u00e9", f"Bearer {TOKEN} x"]
)
async def test_without_a_token_nobody_decides(api: Api, authorization: str):
    headers = {"Authorization": authorization.encode()}

    refused = await api.client.post("/v1/decisions", json={"verb": "undo", "undoes": "x"}, headers=headers)

    assert (refused.status_code, refused.headers["www-authenticate"]) == (401, "Bearer")
    assert TOKEN not in refused.text
    forget = await api.client.post(f"/v1/people/{id_of(BEN)}/forget", headers=headers)
    assert forget.status_code == 401


async def test_a_service_without_tokens_is_read_only(bus: Bus, engine: AsyncEngine, make_settings: Callable[..., Any]):
    context = ServiceContext(make_settings(IdentitySettings), bus, engine)
    app = Starlette(routes=list(routes(context)), exception_handlers=HANDLERS)
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://identity") as client:
        refused = await client.post("/v1/decisions", json={}, headers={"Authorization": "Bearer "})

    assert (refused.status_code, "read-only" in refused.text) == (403, True)


async def test_everybody_may_know_whose_token_it_is(api: Api):
    assert (await api.client.get("/v1/whoami")).json() == {"name": "ann"}


@pytest.mark.parametrize(
    ("body", "said"),
    [
        (b"", "Invalid JSON"),
        (b'{"verb": "marry"}', "verb: Input should be"),
        (b'{"verb": "merge", "people": "x"}', "people: Input should be"),
        (b'{"verb": "undo", "note": "' + b"x" * 2000 + b'"}', "note: String should have at most"),
        (b" " * 2_000_000, "too long"),
        (b'{"verb": "merge", "people": ["nobody", "x"]}', "There is no person or profile 'nobody'"),
    ],
)
async def test_what_makes_no_sense_is_refused_in_one_sentence(api: Api, body: bytes, said: str):
    refused = await api.client.post("/v1/decisions", content=body)

    assert refused.status_code in {400, 404}
    assert said in refused.json()["error"]


async def test_an_imported_mail_map_joins_whom_it_names(api: Api):
    shared = [git_seen(name, "dev@z.org") for name in ("Ann", "Ben")]
    await api.publish(ANN_GIT, ANN_MAIL, BEN, *shared)
    content = (
        "# who is who\n"
        "Ann Lee <ann@x.org> <lee@y.org>\n"
        "Ann Lee <ann@x.org> Ann <dev@z.org>\n"
        "Ben Ode <ben@x.org> Ben <dev@z.org>\n"
        "what?\n"
    )
    split = await api.client.post("/v1/decisions", json={"verb": "split", "profiles": [id_of(shared[0])]})
    assert split.status_code == 201

    answer = await api.client.post("/v1/mailmaps", params={"origin": "boostorg/json"}, content=content)
    assert answer.json() == {"entries": 3, "people": 2}

    ann = await api.until(f"/v1/people/{id_of(ANN_GIT)}", lambda person: len(person["profiles"]) >= 4)
    assert {p["account"] for p in ann["profiles"]} >= {ANN_MAIL.account, shared[0].account}
    ben = await api.until(f"/v1/people/{id_of(BEN)}", lambda person: len(person["profiles"]) >= 3)
    assert shared[1].account in {p["account"] for p in ben["profiles"]}
    assert ann["id"] != ben["id"]


async def test_a_list_of_authors_joins_the_addresses_of_a_line(api: Api):
    await api.publish(ANN_GIT, ANN_MAIL)

    answer = await api.client.post(
        "/v1/mailmaps", params={"origin": "x", "form": "authors"}, content="* Ann Lee <ann@x.org>, <lee@y.org>\nBen\n"
    )

    assert answer.json() == {"entries": 1, "people": 1}
    await api.until(f"/v1/people/{id_of(ANN_GIT)}", lambda person: len(person["profiles"]) == 3)


@pytest.mark.parametrize(
    ("params", "content", "said"),
    [
        ({}, "Ann <a@x.org> <b@x.org>", "whose mail map"),
        ({"origin": "x"}, "no map at all", "No line of this"),
        ({"origin": "x", "form": "poem"}, "Ann <a@x.org>", "`form` must be one of"),
    ],
)
async def test_what_is_no_mail_map_is_refused(api: Api, params: dict[str, str], content: str, said: str):
    refused = await api.client.post("/v1/mailmaps", params=params, content=content)

    assert (refused.status_code, said in refused.json()["error"]) == (400, True)


async def test_the_document_says_what_needs_a_token(api: Api):
    document = openapi("identity", routes(ServiceContext(IdentitySettings(), api.bus)))

    decisions = document["paths"]["/v1/decisions"]
    assert decisions["post"]["security"] == [{"bearer": []}]
    assert "verb" in str(decisions["post"]["requestBody"])
    assert "security" not in decisions["get"]
