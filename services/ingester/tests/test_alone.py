"""The service by itself, as processes against a real stack, used as an operator and a sender use it."""

import asyncio
import json
import os
import signal
import sys
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx
import jwt
import pytest
from bdc_chassis.bus import Bus
from bdc_ingester.spool import Spool, State

from .spooling import until
from .submissions import a_test, submission

COMMAND = str(Path(sys.executable).parent / "bdc-ingester")
SECRET = "s" * 32

pytestmark = pytest.mark.timeout(180)


@pytest.fixture
def environment(nats_url: str, database_url: str, tmp_path: Path) -> dict[str, str]:
    return os.environ | {
        "BDC_NATS_URL": nats_url,
        "BDC_DATABASE_URL": database_url,
        "BDC_INGESTER_SPOOL_DIR": str(tmp_path / "spool"),
        "BDC_INGESTER_ARCHIVE_STAMP": "{year}/{month}",
        "BDC_PORT_FILE": str(tmp_path / "port"),
        "JWT_SECRET": SECRET,
        "PROMETHEUS_MULTIPROC_DIR": "/nowhere",  # what an environment made for the predecessor has
    }


async def run(environment: dict[str, str], *arguments: str) -> tuple[int, Any]:
    process = await asyncio.create_subprocess_exec(
        COMMAND, *arguments, env=environment, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.DEVNULL
    )
    output, _ = await process.communicate()
    return process.returncode or 0, json.loads(output) if "--json" in arguments else output.decode()


@asynccontextmanager
async def serving(environment: dict[str, str], *options: str) -> AsyncIterator[asyncio.subprocess.Process]:
    process = await asyncio.create_subprocess_exec(
        COMMAND,
        "serve",
        *options,
        env=environment,
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.DEVNULL,
    )
    try:
        yield process
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()


async def test_what_is_put_or_submitted_is_taken_in_and_what_fails_can_be_tried_again(
    bus: Bus, environment: dict[str, str], tmp_path: Path
):
    good, bad = tmp_path / "good.json", tmp_path / "bad.json"
    good.write_bytes(submission(tests=[a_test(1)]))
    bad.write_bytes(submission(tests=[a_test(2, status="pass")]))
    token = jwt.encode({"origin": "robot", "exp": int(time.time()) + 600}, SECRET, "HS256")
    assert (await run(environment, "migrate"))[0] == 0
    code, put = await run(environment, "put", str(good), str(bad), "--json")
    assert (code, [each["name"] for each in put["put"]]) == (0, ["good.json", "bad.json"])
    assert await run(environment, "status", "good.json", "--json") == (0, {"id": "good.json", "status": "ready"})
    spool = Spool(tmp_path / "spool", environment["BDC_INGESTER_ARCHIVE_STAMP"])

    async with serving(environment, "--max-workers", "2", "--interval", "0.2") as process:
        await until(lambda: spool.state("bad.json") is State.FAILED and spool.state("good.json") is State.PROCESSED)
        [listed] = (await run(environment, "ls", "--json"))[1]["files"]
        assert (listed["name"], listed["reason"], listed["path"]) == ("bad.json", "invalid", "tests[0].status")

        url = f"http://127.0.0.1:{(tmp_path / 'port').read_text().strip()}"
        async with httpx.AsyncClient(base_url=url, headers={"Authorization": f"Bearer {token}"}) as client:
            answer = await client.post("/submit", content=submission(tests=[a_test(3)]))
            identity = answer.json()["id"]

            async def is_processed() -> bool:
                answer = await client.get("/status", params={"id": identity})
                return bool(answer.json()["status"] == "processed")

            async def is_counted() -> bool:
                return 'kcidb_ingestion_queue{ingester="bdc"}' in (await client.get("/metrics")).text

            await until(is_processed)
            await until(is_counted)
            page = (await client.get("/metrics")).text
        assert 'kcidb_tests_total{ingester="bdc",origin="robot"} 2.0' in page
        assert 'bdc_ingester_failed_total{reason="invalid"} 1.0' in page

        assert (await run(environment, "retry", "--all", "--reason", "invalid", "--json"))[0] == 0
        await until(lambda: spool.state("bad.json") is State.FAILED)
        assert (await run(environment, "requeue", identity, "--json"))[0] == 0
        await until(lambda: spool.state(identity) is State.PROCESSED)
        process.send_signal(signal.SIGTERM)
        assert await asyncio.wait_for(process.wait(), 20) == 0


async def test_a_short_secret_ends_the_service_in_one_sentence(bus: Bus, environment: dict[str, str]):
    async with serving(environment | {"JWT_SECRET": "short"}) as process:
        assert await asyncio.wait_for(process.wait(), 30) == 2
