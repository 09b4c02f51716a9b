"""Humans decide and people are forgotten, on the whole stack, by the command line."""

import asyncio
import json
import re
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import asyncpg
import pytest
from bdc_chassis.archive import FileArchive
from bdc_chassis.bus import connect
from bdc_chassis.bus.tail import tail
from bdc_chassis.settings import ChassisSettings

from tests.conftest import commit, git, message
from tests.demo import BDC, Demo

ANN = "ann@example.org"
START_SECONDS = 100.0


class Stack:
    """A stack that is up, as its operator sees it."""

    def __init__(self, data: Path, repository: Path) -> None:
        self.data = data
        self.repository = repository
        self.environment = Demo(data).environment()

    def bdc(self, *arguments: str, check: int = 0) -> str:
        """Run a command to its end and return what it printed."""
        done = subprocess.run(
            [*BDC, *arguments], env=self.environment, capture_output=True, text=True, timeout=START_SECONDS, check=False
        )
        assert done.returncode == check, done.stdout + done.stderr
        return done.stdout

    def json(self, *arguments: str) -> Any:
        """Return what a command prints as JSON."""
        return json.loads(self.bdc(*arguments, "--json"))

    def wait(self, holds: Callable[[], object]) -> None:
        """Wait until a condition holds."""
        deadline = time.monotonic() + START_SECONDS
        while not holds():
            assert time.monotonic() < deadline
            time.sleep(0.05)

    @property
    def record(self) -> dict[str, Any]:
        """Return where everything is, nothing while it is not up."""
        path = self.data / "stack.json"
        found: dict[str, Any] = json.loads(path.read_text()) if path.exists() else {}
        return found


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """A stack that has collected one repository and one list."""
    root = tmp_path_factory.mktemp("people")
    stack = Stack(root / "data", root / "history")
    up = subprocess.Popen(
        [*BDC, "up", "--port=0"], env=stack.environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    try:
        stack.wait(lambda: stack.record.get("ready"))
        stack.repository.mkdir()
        git(stack.repository, "init", "-q", "-b", "main")
        for number in range(8):
            commit(stack.repository, number)
        archive = root / "list.mbox"
        archive.write_text("\n".join(map(message, range(12))))
        stack.bdc("collect", "github", "--repo", str(stack.repository))
        stack.bdc("collect", "mailing", "--list", "list@lists.example.org", "--from", str(archive))
        stack.wait(lambda: stack.json("people", "stats")["profiles"] >= 6)
        yield stack
    finally:
        up.terminate()
        up.wait(60)


async def everything(stack: Stack) -> str:
    """Return all rows of all schemas, all facts and all letters, as one lower-case text."""
    database = await asyncpg.connect(stack.record["database_url"])
    tables = await database.fetch(
        "SELECT table_schema AS s, table_name AS t FROM information_schema.tables"
        " WHERE table_type = 'BASE TABLE' AND table_schema NOT IN ('pg_catalog', 'information_schema')"
    )
    rows = [
        row[0] for each in tables for row in await database.fetch(f'SELECT t::text FROM "{each["s"]}"."{each["t"]}" t')
    ]
    await database.close()
    async with await connect(ChassisSettings(nats_url=stack.record["nats_url"]), name="test") as bus:
        rows += [fact.payload.decode() async for fact in tail(bus, history=True, follow=False)]
    return "\n".join(filter(None, rows)).lower()


def found(text: str) -> list[str]:
    """Return where the address is; `<0.ann@example.org>`, the id of a message here, is another one."""
    return [text[max(0, at.start() - 80) : at.end() + 20] for at in re.finditer(rf"(?<![\w.]){re.escape(ANN)}", text)]


def archived(stack: Stack) -> str:
    """Return all that the raw archive holds."""
    archive = FileArchive(stack.data / "archive")
    return "\n".join(archive.get(entry.ref).decode("latin-1") for entry in archive.list()).lower()


def logs(stack: Stack) -> str:
    return "\n".join(path.read_text("utf-8", "replace") for path in stack.data.glob("log/*.log*")).lower()


def test_a_decision_by_the_command_line_holds_and_is_taken_back(stack: Stack) -> None:
    (ann,) = stack.json("people", "find", "--email", ANN)["people"]
    (ben,) = stack.json("people", "find", "--email", "ben@example.net")["people"]

    merge = stack.json("people", "merge", ann["id"], ben["id"], "--note", "The same desk.")
    assert stack.json("people", "show", ann["id"])["id"] == stack.json("people", "show", ben["id"])["id"]
    assert stack.json("people", "why", ann["id"], ben["id"])["steps"][0]["reasons"][0].endswith("The same desk.")
    assert [each["actor"] for each in stack.json("people", "decisions")["decisions"]] == ["operator"]

    stack.bdc("people", "undo", merge["id"])
    assert stack.json("people", "show", ann["id"])["id"] != stack.json("people", "show", ben["id"])["id"]


def test_somebody_is_forgotten_by_every_service_and_does_not_come_back(stack: Stack) -> None:
    (ann,) = stack.json("people", "find", "--email", ANN)["people"]
    held = json.loads(stack.bdc("people", "export", ann["id"]))
    assert {"identity", "github"} <= held.keys()
    assert found(asyncio.run(everything(stack)))
    assert found(archived(stack))

    done = stack.json("people", "forget", ann["id"], "--yes", "--wait")

    assert done["missing"] == []
    assert {each["service"] for each in done["confirmed"]} >= {"identity", "github", "indexer", "dashboard", "mailing"}
    assert not found(asyncio.run(everything(stack)))
    assert not found(archived(stack))
    assert not found(logs(stack))
    assert stack.json("people", "find", "--email", ANN)["total"] == 0

    commit(stack.repository, 8)
    assert git(stack.repository, "log", "-1", "--format=%ae").strip() == ANN
    stack.bdc("collect", "github", "--repo", str(stack.repository))
    stack.bdc("replay", "--service", "github", "--wait")
    stack.bdc("collect", "mailing", "--list", "list@lists.example.org", "--from-archive")
    (ben,) = stack.json("people", "find", "--email", "ben@example.net")["people"]
    assert ben["name"] == "Ben Ode"
    assert not found(archived(stack))
    assert not found(asyncio.run(everything(stack)))
    assert not found(logs(stack))
