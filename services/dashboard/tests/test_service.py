"""The dashboard alone on a real bus and a real database, as `bdc-dashboard serve` runs it."""

import asyncio
from datetime import UTC, datetime, timedelta

import httpx
import pytest
from bdc_chassis.bus import Publisher
from bdc_chassis.migrate import migrate
from bdc_chassis.serve import serve
from bdc_contracts import RunFinished, RunStarted
from bdc_dashboard.service import SERVICE
from bdc_dashboard.settings import DashboardSettings

BEGUN = datetime(2026, 11, 22, 8, 0, tzinfo=UTC)
RUN = {"run_id": "r1", "collector": "mailing", "partition": "boost@lists.boost.org", "started_at": BEGUN}


@pytest.fixture
async def address(bus, make_settings, tmp_path):
    port = tmp_path / "port"
    settings = make_settings(DashboardSettings, http_port=0, port_file=port)
    await migrate(SERVICE, settings)
    stop = asyncio.Event()
    running = asyncio.create_task(serve(SERVICE, settings, stop=stop))
    async with asyncio.timeout(20):
        while not port.exists():
            await asyncio.wait({running}, timeout=0.02)
            assert not running.done(), running
    yield f"http://127.0.0.1:{port.read_text()}"
    stop.set()
    await running


async def ask_until(client, path, seen):
    async with asyncio.timeout(20):
        while not seen(response := await client.get(path)):  # noqa: ASYNC110  (another process decides)
            await asyncio.sleep(0.05)  # the consumer works at its own pace
    return response


async def test_runs_on_the_bus_appear_on_the_page(bus, address):
    async with httpx.AsyncClient(base_url=address, trust_env=False) as client:
        await ask_until(client, "/health/ready", lambda response: response.status_code == 200)
        async with Publisher(bus) as publisher:
            await publisher.publish(RunStarted(**RUN))
            ended = BEGUN + timedelta(seconds=3)
            await publisher.publish(RunFinished(**RUN, finished_at=ended, outcome="partial", counts={"messages": 2102}))

        page = await ask_until(client, "/runs", lambda response: "2,102" in response.text)

        assert '<span class="state warn">partial</span>' in page.text
        assert (await client.get("/health/live")).status_code == 200
        assert (await client.get("/health/")).status_code == 200
        assert (await client.get("/health")).headers["location"].endswith("/health/")
        assert (await client.get("/openapi.json")).status_code == 200
        assert "bdc" in (await client.get("/metrics")).text
        assert (await client.get("/")).status_code == 200
