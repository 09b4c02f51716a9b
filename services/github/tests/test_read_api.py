"""The read API, and the command line, as others use them."""

import json
import os
import subprocess
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest
import pytest_asyncio
from bdc_chassis.api_errors import HANDLERS
from bdc_chassis.service import ServiceContext
from bdc_github.routes import routes
from starlette.applications import Starlette

from .repositories import Repository
from .world import World


@pytest_asyncio.fixture
async def client(world: World, repository: Repository) -> AsyncIterator[httpx.AsyncClient]:
    repository.commit("First\n", files={"a": "1\n2\n"})
    repository.commit("Second\n", GIT_AUTHOR_NAME="Ben", GIT_AUTHOR_EMAIL="ben@x.org", GIT_AUTHOR_DATE="@5 +0000")
    await world.collected(repository.path)
    await world.project()
    app = Starlette(
        routes=list(routes(ServiceContext(world.settings, world.bus, world.engine))), exception_handlers=HANDLERS
    )
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://test") as answering:
        yield answering


async def test_the_summary_counts_what_is_stored(client: httpx.AsyncClient) -> None:
    summary = (await client.get("/v1/summary")).json()

    assert summary["service"] == "github"
    assert summary["counts"] == {
        "repositories": 1,
        "refs": 1,
        "commits": 2,
        "vanished": 0,
        "files": 2,
        "people": 2,
    }
    assert summary["first"].startswith("1970-01-01")
    [container] = summary["containers"]
    assert container["count"] == 2


async def test_activity_is_counted_per_bucket(client: httpx.AsyncClient) -> None:
    activity = (await client.get("/v1/activity", params={"bucket": "month"})).json()
    later = (await client.get("/v1/activity", params={"bucket": "day", "since": "2000-01-01"})).json()

    assert activity == {
        "bucket": "month",
        "series": [{"name": "commits", "points": [["1970-01-01", 1], ["2023-11-01", 1]]}],
    }
    assert [count for _, count in later["series"][0]["points"]] == [1]


async def test_commits_are_listed_newest_first_and_by_author(client: httpx.AsyncClient) -> None:
    everything = (await client.get("/v1/commits")).json()["commits"]
    ben = (await client.get("/v1/commits", params={"account": "Ben <ben@x.org>"})).json()["commits"]

    assert [commit["subject"] for commit in everything] == ["First", "Second"]
    assert (everything[0]["files"], everything[0]["additions"]) == (1, 2)
    assert [commit["subject"] for commit in ben] == ["Second"]


@pytest.mark.parametrize(
    "question", ["/v1/activity?bucket=year", "/v1/activity?since=never", "/v1/commits?limit=0", "/v1/commits?limit=x"]
)
async def test_a_wrong_question_gets_a_sentence(client: httpx.AsyncClient, question: str) -> None:
    answer = await client.get(question)

    assert answer.status_code == 400
    assert answer.json()["error"]


def run(nats_url: str, data: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", "from bdc_github.service import main; main()", "collect", *arguments],
        env=os.environ | {"BDC_NATS_URL": nats_url, "BDC_DATA_DIR": str(data)},
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )


async def test_the_command_line_collects_and_says_what_is_wrong(
    world: World, repository: Repository, nats_url: str, tmp_path: Path
) -> None:
    repository.commit()

    good = run(nats_url, tmp_path / "data", "--repo", str(repository.path), "--json")
    bad = run(nats_url, tmp_path / "data", "--repo", str(tmp_path / "nowhere"))
    empty = run(nats_url, tmp_path / "data")

    assert good.returncode == 0, good.stderr
    assert json.loads(good.stdout)["counts"]["commits"] == 1
    assert bad.returncode == 1
    assert str(tmp_path / "nowhere") in bad.stderr
    assert empty.returncode == 2
    assert "Traceback" not in bad.stderr + empty.stderr
