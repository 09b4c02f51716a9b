"""Whatever dies or goes away: every file ends in exactly one place, and the database is what the archived files say."""

import asyncio
import os
import random
import signal
import subprocess
from contextlib import suppress
from functools import partial

import orjson
import psutil
import pytest
from bdc_chassis.store import create_engine
from bdc_chassis.store.migrations import migrate_database
from bdc_devkit.embedded import PostgresServer
from bdc_ingester.service import SERVICE
from bdc_ingester.source import parse_submission
from bdc_ingester.spool import Spool
from bdc_ingester.supervisor.suspects import MOST_DEATHS
from sqlalchemy import text

from .spooling import drop, names, submission, until

FILES = 300
POINTS = 100
BAD = 7  # every seventh file


def fill(spool, count: int, first: int = 0) -> None:
    for number in range(first, first + count):
        status = "pass" if number % BAD == 0 else "FAIL"
        drop(spool, f"{number}.json", submission(number, status=status))


def placed(spool) -> int:
    return len(names(spool.archive)) + len({name for name in names(spool.failed) if not name.endswith(".reason.json")})


def all_placed(spool, count: int) -> bool:
    return placed(spool) >= count


async def check(spool, query, count: int) -> None:
    """See that every file is in one place, with its reason if it failed, and the rows are those of the archived."""
    failed = {f"{number}.json" for number in range(0, count, BAD)}
    assert names(spool.archive) == {f"{number}.json" for number in range(count)} - failed
    assert names(spool.failed) == failed | {f"{name}.reason.json" for name in failed}
    assert {path.name for path in spool.root.iterdir() if path.is_file()} == set()
    ids = [test.id for path in spool.archive.iterdir() for test in parse_submission(path.read_bytes()).tests]
    assert sorted(row[0] for row in await query("SELECT id FROM test")) == sorted(ids)
    assert await query("SELECT count(*) FROM submission") == [(count - len(failed),)]


def workers() -> list[psutil.Process]:
    """Return the processes below this one that belong to the ingester: workers and what starts them."""
    found = []
    for process in psutil.Process().children(recursive=True):
        try:
            if "forkserver" in " ".join(process.cmdline()):
                found.append(process)
        except psutil.Error:
            continue
    return found


async def kill_at_random(chance: random.Random, points: int, done) -> int:
    killed = 0
    while killed < points and not done():
        await asyncio.sleep(chance.uniform(0.01, 0.25))
        if found := workers():
            chance.choice(found).kill()
            killed += 1
    return killed


async def test_workers_that_are_killed_lose_nothing(ingesting, spool, query):
    fill(spool, FILES)
    async with ingesting():
        killed = await kill_at_random(random.Random(1), 6, lambda: placed(spool) >= FILES)
        await until(lambda: placed(spool) >= FILES, 60)
    assert killed > 0
    await check(spool, query, FILES)


@pytest.mark.soak
async def test_a_hundred_kills_lose_nothing(ingesting, spool, query):
    chance, count, killed = random.Random(2), 0, 0
    async with ingesting():
        while killed < POINTS:
            fill(spool, FILES, count)
            count += FILES
            done = partial(all_placed, spool, count)
            killed += await kill_at_random(chance, POINTS - killed, done)
            await until(done, 120)
    await check(spool, query, count)


async def test_a_second_pass_over_the_same_files_changes_nothing(ingesting, spool, query):
    fill(spool, 50)
    rows = "SELECT id, revision, revisions, xmin::text FROM test ORDER BY id"
    async with ingesting():
        await until(lambda: placed(spool) >= 50)
        before = await query(rows)
        for path in list(spool.archive.iterdir()):
            drop(spool, path.name, path.read_bytes())
        await until(lambda: not [path for path in spool.root.iterdir() if path.is_file()])
        await until(lambda: all(not names(path) for path in spool.claims.iterdir() if path.is_dir()))
    assert await query(rows) == before
    await check(spool, query, 50)


async def test_while_the_database_is_away_nothing_moves_and_then_everything_does(
    tmp_path, bus, settings, spool, ingesting
):
    server = PostgresServer(tmp_path / "cluster")
    server.start()
    try:
        own = settings.model_copy(update={"database_url": server.url})
        await migrate_database(own, SERVICE)
        async with ingesting(database_url=server.url):
            fill(spool, 30)
            await until(lambda: placed(spool) >= 30)
            server.process.kill()
            for number in range(100, 130):
                drop(spool, f"{number}.json", submission(number))
            await asyncio.sleep(1)  # time in which something could go wrong
            assert placed(spool) == 30
            server.start()
            await until(lambda: placed(spool) >= 60)
        engine = create_engine(own, "ingester")
        async with engine.connect() as tx:
            stored = (await tx.execute(text("SELECT count(*) FROM submission"))).scalar_one()
        await engine.dispose()
        assert stored == len(names(spool.archive))
        assert len(names(spool.failed)) == 2 * 5
    finally:
        server.process.kill()


async def test_a_file_that_the_database_refuses_fails_alone(ingesting, spool, query, engine):
    async with engine.begin() as tx:
        await tx.execute(text("ALTER TABLE test ADD CONSTRAINT sane CHECK (path <> 'poison')"))
    for number in range(60):
        drop(spool, f"{number}.json", submission(number, path="poison" if number == 33 else "boot"))

    async with ingesting():
        await until(lambda: placed(spool) >= 60)

    assert names(spool.failed) == {"33.json", "33.json.reason.json"}
    assert len(names(spool.archive)) == 59
    assert await query("SELECT reason FROM rejection") == [("database",)]
    assert await query("SELECT count(*) FROM test") == [(59,)]


async def test_a_file_over_which_workers_die_again_and_again_fails_and_nobody_else_does(ingesting, spool):
    for number in range(40):
        drop(spool, f"{number}.json", submission(number))
    drop(spool, "killer.json", submission(99))
    victims: set[int] = set()

    async def kill_whoever_has_it() -> None:
        while len(victims) < 1 + MOST_DEATHS:  # once among others, and then alone
            for path in spool.claims.glob("*/killer.json"):
                victims.add(worker := int(path.parent.name.partition("-")[0]))
                with suppress(ProcessLookupError):
                    os.kill(worker, signal.SIGKILL)
            await asyncio.sleep(0.0005)

    async with ingesting():
        await asyncio.wait_for(kill_whoever_has_it(), 60)
        await until(lambda: placed(spool) >= 41, 60)

    assert names(spool.archive) == {f"{number}.json" for number in range(40)}
    assert orjson.loads((spool.failed / "killer.json.reason.json").read_bytes())["reason"] == "kills_worker"


@pytest.fixture
def small_disk(tmp_path):
    """A file system of 2 MiB of its own."""
    folder = tmp_path / "disk"
    folder.mkdir()
    mounting = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=2m", "tmpfs", str(folder)], capture_output=True, text=True, check=False
    )
    if mounting.returncode:
        pytest.skip(f"no file system can be mounted here: {mounting.stderr.strip()}")
    yield folder
    subprocess.run(["umount", "-l", str(folder)], check=True)


async def test_while_the_disk_is_full_files_wait_and_then_everything_is_as_always(ingesting, small_disk, query):
    spool = Spool(small_disk / "spool")
    spool.create()
    fill(spool, 30)
    ballast = small_disk / "ballast"
    with suppress(OSError), ballast.open("wb", buffering=0) as file:
        while True:
            file.write(b"x" * 4096)

    async with ingesting(ingester_spool_dir=spool.root):
        await until(lambda: len(names(spool.archive)) > 0)
        await asyncio.sleep(1)  # time in which something could go wrong
        assert not [name for name in names(spool.failed) if name.endswith(".json") and not reason_of(spool, name)]
        assert placed(spool) < 30
        ballast.unlink()
        await until(lambda: placed(spool) >= 30)

    await check(spool, query, 30)


def reason_of(spool: Spool, name: str) -> bool:
    return name.endswith(".reason.json") or (spool.failed / f"{name}.reason.json").exists()
