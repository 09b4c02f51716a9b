"""The service by itself, as processes against a real stack, killed at any moment."""

import asyncio
import json
import os
import random
import signal
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import asyncpg
import httpx
import pytest
from bdc_chassis.bus import Bus
from bdc_contracts.streams import FACTS
from bdc_mailing.source.parse import parse
from bdc_mailing.source.raw import RawMessage

from .conftest import mail

LIST = "boost@lists.example.org"
COMMAND = str(Path(sys.executable).parent / "bdc-mailing")
PATIENCE = 60.0

pytestmark = pytest.mark.timeout(300)


@pytest.fixture
def environment(nats_url: str, database_url: str, tmp_path: Path) -> dict[str, str]:
    return os.environ | {
        "BDC_NATS_URL": nats_url,
        "BDC_DATABASE_URL": database_url,
        "BDC_DATA_DIR": str(tmp_path / "data"),
        "BDC_PORT_FILE": str(tmp_path / "port"),
        "BDC_MAILING_CHECKPOINT_MESSAGES": "50",
        "BDC_BATCH_SIZE": "100",
    }


async def start(environment: dict[str, str], *arguments: str) -> asyncio.subprocess.Process:
    return await asyncio.create_subprocess_exec(
        COMMAND, *arguments, env=environment, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.DEVNULL
    )


async def run(environment: dict[str, str], *arguments: str) -> tuple[int, str]:
    process = await start(environment, *arguments)
    output, _ = await process.communicate()
    return process.returncode or 0, output.decode()


@asynccontextmanager
async def serving(environment: dict[str, str]) -> AsyncIterator[asyncio.subprocess.Process]:
    process = await start(environment, "serve")
    try:
        yield process
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()


async def eventually(condition: Callable[[], Awaitable[bool]]) -> None:
    async with asyncio.timeout(PATIENCE):
        while not await condition():  # noqa: ASYNC110  (the condition is another process's)
            await asyncio.sleep(0.05)


def expected(messages: list[bytes]) -> set[tuple[str, str]]:
    return {(found.key_id, found.sha256) for found in (parse(RawMessage(message)) for message in messages)}


async def stored(database_url: str) -> list[tuple[str, str]]:
    connection = await asyncpg.connect(database_url)
    try:
        return [tuple(row) for row in await connection.fetch("SELECT key_id, sha256 FROM mailing.posting")]
    finally:
        await connection.close()


async def test_it_collects_stores_answers_and_replays(
    bus: Bus, environment: dict[str, str], database_url: str, make_mbox: Callable[..., Path], tmp_path: Path
):
    originals = [mail(number) for number in range(300)]
    path = make_mbox(originals)
    assert (await run(environment, "migrate"))[0] == 0
    async with serving(environment) as process:
        code, output = await run(environment, "collect", "--mbox", str(path), "--list", LIST, "--json")
        assert (code, json.loads(output)["counts"]) == (0, {"messages": 300})
        await eventually(lambda: has_all(database_url, originals))

        code, output = await run(environment, "collect", "--mbox", str(path), "--list", LIST, "--json")
        assert (code, json.loads(output)["counts"]) == (0, {})

        url = f"http://127.0.0.1:{(tmp_path / 'port').read_text().strip()}"
        async with httpx.AsyncClient(base_url=url) as client:
            assert (await client.get("/v1/summary")).json()["counts"]["messages"] == 300
            await eventually(lambda: is_ready(client))

        code, output = await run(environment, "replay", "--wait", "--json")
        assert (code, json.loads(output)["error"]) == (0, None)
        assert await has_all(database_url, originals)
        process.send_signal(signal.SIGTERM)
        assert await asyncio.wait_for(process.wait(), 20) == 0


async def has_all(database_url: str, originals: list[bytes]) -> bool:
    found = await stored(database_url)
    return len(found) == len(set(found)) and set(found) == expected(originals)


async def is_ready(client: httpx.AsyncClient) -> bool:
    return (await client.get("/health/ready")).status_code == 200


async def test_killed_at_any_moment_it_ends_where_an_undisturbed_run_ends(
    bus: Bus, environment: dict[str, str], database_url: str, make_mbox: Callable[..., Path]
):
    originals = [mail(number, body=f"Body {number}. " * 50) for number in range(2000)]
    path = make_mbox(originals)
    chance = random.Random(7)
    assert (await run(environment, "migrate"))[0] == 0
    collect = ("collect", "--mbox", str(path), "--list", LIST, "--json")
    async with serving(environment):
        for _ in range(3):
            before = await published(bus)
            process = await start(environment, *collect)
            target = before + chance.randrange(1, 400)
            waiting = asyncio.create_task(process.wait())
            while not waiting.done() and await published(bus) < target:  # noqa: ASYNC110
                await asyncio.sleep(0.005)
            if process.returncode is None:
                process.send_signal(signal.SIGKILL)
            await waiting
    async with serving(environment):
        code, output = await run(environment, *collect)
        assert code == 0, output
        await eventually(lambda: has_all(database_url, originals))


async def published(bus: Bus) -> int:
    return (await bus.js.stream_info(FACTS.name)).state.messages
