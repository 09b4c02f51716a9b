"""The read API over HTTP."""

from collections.abc import AsyncIterator
from types import SimpleNamespace
from typing import Any

import httpx
import pytest
from bdc_chassis.api_errors import HANDLERS
from bdc_contracts import address_account
from bdc_identity.routes import routes
from bdc_identity.settings import IdentitySettings
from sqlalchemy.ext.asyncio import AsyncEngine
from starlette.applications import Starlette

from .conftest import Project, git_seen, mail_seen


@pytest.fixture
async def api(engine: AsyncEngine, project: Project) -> AsyncIterator[httpx.AsyncClient]:
    await project([
        git_seen("José Pérez", "jose@x.org", day=1), mail_seen("jose", "JOSE@x.org", day=9),
        git_seen("Ann Lee", "12+annlee@users.noreply.github.com"), git_seen("Lee Annan", "100%_@x.org"),
        git_seen("", "bare@x.org"),
    ])  # fmt: skip
    context: Any = SimpleNamespace(engine=engine, settings=IdentitySettings())
    transport = httpx.ASGITransport(Starlette(routes=routes(context), exception_handlers=HANDLERS))
    async with httpx.AsyncClient(transport=transport, base_url="http://identity") as client:
        yield client


async def names(api: httpx.AsyncClient, query: str, **params: Any) -> list[str]:
    return [person["name"] for person in await listed(api, query=query, **params)]


async def listed(api: httpx.AsyncClient, **params: Any) -> list[dict[str, Any]]:
    answer = await api.get("/v1/people", params=params)
    assert answer.status_code == 200, answer.text
    return answer.json()["people"]


async def test_the_summary_counts(api: httpx.AsyncClient):
    answer = (await api.get("/v1/summary")).json()

    assert answer["counts"] == {"people": 4, "profiles": 5, "emails": 4, "merged": 1}
    assert answer["first"] < answer["last"]


async def test_a_listing_says_how_many_profiles_which_addresses_and_when(api: httpx.AsyncClient):
    [jose] = await listed(api, query="perez")

    assert (jose["name"], jose["profiles"], jose["emails"]) == ("José Pérez", 2, ["jose@x.org"])
    assert (jose["first_seen"][:10], jose["last_seen"][:10]) == ("2024-05-02", "2024-05-10")


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("JOSE PEREZ", ["José Pérez"]),
        ("pérez josé", ["José Pérez"]),
        ("lee", ["Lee Annan", "Ann Lee"]),
        ("ann lee", ["Ann Lee", "Lee Annan"]),
        ("annlee", ["Ann Lee"]),
        ("@x.org", ["bare@x.org", "José Pérez", "Lee Annan"]),
        ("0%_", ["Lee Annan"]),
        ("_", ["Lee Annan"]),
        ("nobody", []),
    ],
)
async def test_people_are_found_by_parts_of_names_addresses_and_logins(
    api: httpx.AsyncClient, query: str, found: list[str]
):
    assert [name.strip(" <>") for name in await names(api, query)] == found


async def test_pages_together_are_the_whole_listing(api: httpx.AsyncClient):
    pages = [await names(api, "", limit=3, offset=offset) for offset in (0, 3, 6)]

    assert [len(page) for page in pages] == [3, 1, 0]
    assert [*pages[0], *pages[1]] == await names(api, "")
    assert (await api.get("/v1/people", params={"limit": 1})).json()["total"] == 4


async def test_a_person_is_shown_with_the_reason_of_each_profile(api: httpx.AsyncClient):
    [jose] = await listed(api, query="jose")

    person = (await api.get(f"/v1/people/{jose['id']}")).json()

    assert {profile["reason"] for profile in person["profiles"]} == {"Same e-mail address: jose@x.org."}
    assert [profile["platform"] for profile in person["profiles"]] == ["git", "mail"]
    assert person["profiles"][1]["contexts"][0]["context"] == "boost@boost.example"


async def test_a_person_is_found_by_a_profile(api: httpx.AsyncClient):
    account = address_account("José Pérez", "jose@x.org")

    person = (await api.get("/v1/profiles", params={"platform": "git", "account": account})).json()

    assert person["name"] == "José Pérez"


@pytest.mark.parametrize(
    ("path", "status", "said"),
    [
        ("/v1/people?limit=many", 400, "`limit` must be a number from 0 to 500"),
        ("/v1/people?limit=501", 400, "from 0 to 500"),
        ("/v1/people?offset=-1", 400, "`offset` must be a number"),
        ("/v1/people/nobody", 404, "There is no person with this id."),
        ("/v1/people/%00", 404, "There is no person with this id."),
        ("/v1/profiles?platform=git", 400, "Give the profile's `platform` and `account`."),
        ("/v1/profiles?platform=git&account=x", 404, "No git profile has this account."),
    ],
)
async def test_a_wrong_question_gets_one_sentence(api: httpx.AsyncClient, path: str, status: int, said: str):
    answer = await api.get(path)

    assert answer.status_code == status
    assert said in answer.json()["error"]
