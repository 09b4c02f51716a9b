"""Pages in a real browser: nothing breaks the content security policy, hostile content runs nothing.

`BDC_SCREENSHOTS=<folder>` keeps the screenshots.
"""

import asyncio
import os
import shutil
from datetime import timedelta
from itertools import product
from pathlib import Path

import pytest
from bdc_dashboard.runs import Replay, Run
from bdc_dashboard.store import save_replays, save_runs
from bdc_dashboard.web.app import build_app

CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
LOOKS = {
    "light": ["--window-size=1240,1500"],
    "dark": ["--window-size=1240,1500", "--blink-settings=preferredColorScheme=0"],
    "narrow": ["--window-size=500,1400"],
}
KEPT = os.environ.get("BDC_SCREENSHOTS", "")
PAGES = {
    "overview": "/",
    "activity": "/activity?view=apart",
    "people": "/people",
    "person": "/people/p-1?done=d-1",
    "why": "/people/p-1/why",
    "review": "/review?done=d-1",
    "search": "/search?q=executor",
    "runs": "/runs",
    "health": "/health/",
    "missing": "/nothing",
}

pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="no chromium on PATH (apt-get install chromium)")


@pytest.fixture
async def address(make_site, serving, engine, now):
    await fill(engine, now)
    async for url in serving(
        build_app(make_site(scheduled_collectors={"github": "daily", "mailing": "daily"}, identity_token="t"))
    ):
        yield url


@pytest.fixture
def chromium(tmp_path):
    async def run(*arguments):
        quiet = ("--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking")
        apart = ("--disable-component-update", "--disable-sync", f"--user-data-dir={tmp_path / 'profile'}")
        process = await asyncio.create_subprocess_exec(
            CHROMIUM, "--headless", "--no-sandbox", *quiet, *apart, "--enable-logging=stderr", *arguments,
            stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
        )  # fmt: skip
        try:
            async with asyncio.timeout(60):
                out, log = await process.communicate()
        finally:
            if process.returncode is None:
                process.kill()
        return out.decode(), log.decode()

    return run


@pytest.mark.parametrize("name", PAGES)
async def test_a_page_runs_nothing_that_it_should_not(name, address, chromium):
    dom, log = await chromium("--dump-dom", address + PAGES[name])

    assert "<main" in dom
    console = [line for line in log.splitlines() if "CONSOLE" in line and "status of 404" not in line]
    assert console == []


async def test_the_enhancement_runs(address, chromium):
    dom, _ = await chromium("--dump-dom", address + "/")

    assert 'class="readout"' in dom


@pytest.mark.skipif(not KEPT, reason="BDC_SCREENSHOTS names no folder to keep screenshots in")
@pytest.mark.timeout(600)
async def test_screenshots(address, chromium):
    for (name, path), (look, options) in product(PAGES.items(), LOOKS.items()):
        shot = Path(KEPT) / f"{name}-{look}.png"
        await chromium(f"--screenshot={shot}", "--hide-scrollbars", *options, address + path)
        assert shot.stat().st_size > 10_000


async def fill(engine, now):
    """Store a day of runs, good and bad."""
    error = "The list archive https://lists.boost.org answered with status 503 five times; try again later."
    cases = [
        ("github", "boostorg/asio", 1, 42, "succeeded", {"commits": 14, "people": 3}, None, None),
        ("github", "boostorg/json", 1, 8, "succeeded", {}, None, None),
        ("github", "boostorg/math", 1, 3, "partial", {"commits": 2}, "timeout", "git fetch took longer than 120 s."),
        ("mailing", "boost@lists.boost.org", 3, 75, "failed", {"messages": 120, "quarantined": 1}, "network", error),
        ("mailing", "boost-users@lists.boost.org", 27, 4000, "succeeded", {"messages": 11240}, None, None),
        ("github", "<img src=x onerror=alert(1)>", 26, 1, "failed", {}, "command", "No such repository: <b>x</b>"),
        ("github", "boostorg/asio", 49, 31, "succeeded", {"commits": 5120, "people": 301}, None, None),
    ]
    runs = [past_run(now, case) for case in cases]
    working = Run("r-0", "github", "boostorg/boost", now - timedelta(minutes=3))
    async with engine.begin() as tx:
        await save_runs(tx, [*runs, working])
        await save_replays(tx, [Replay("01HZX", "github", 48213, now - timedelta(days=2))])


def past_run(now, case):
    collector, partition, hours, took, outcome, counts, category, text = case
    begun = now - timedelta(hours=hours)
    ended = begun + timedelta(seconds=took)
    return Run(f"r-{hours}", collector, partition, begun, ended, outcome, counts, category, text)
