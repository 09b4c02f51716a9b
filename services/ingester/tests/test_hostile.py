"""Bad files among good ones, against the real service."""

import os
import threading
from pathlib import Path

import orjson
from bdc_chassis.metrics import render

from .hostile import hostile_files, legal_extremes
from .spooling import until
from .submissions import a_test, submission

GOOD_PER_BAD = 10


def put(spool, name, data):
    unfinished = spool.root / f"{name}.temp"
    unfinished.write_bytes(data)
    unfinished.rename(spool.root / name)


def names(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir()}


def worker_deaths() -> float:
    lines = render(None).decode().splitlines()
    return sum(
        float(line.rpartition(" ")[2]) for line in lines if line.startswith("kcidb_ingester_worker_failures_total")
    )


async def test_every_good_file_comes_through_and_every_bad_one_fails_with_its_reason(ingesting, spool, query, tmp_path):
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    making = tmp_path / "making"
    making.mkdir()
    bad = hostile_files(elsewhere)
    outside = {path.name: path.read_bytes() for path in elsewhere.iterdir()}
    good = {f"good-{name}.json": data for name, data in legal_extremes().items()}
    good |= {
        f"good-{number}.json": submission(tests=[a_test(f"good-{number}")])
        for number in range(len(bad) * GOOD_PER_BAD - len(good))
    }
    deaths = worker_deaths()

    def mix() -> None:
        waiting = list(good.items())
        for file in bad:
            for name, data in waiting[:GOOD_PER_BAD]:
                put(spool, name, data)
            del waiting[:GOOD_PER_BAD]
            file.make(making / file.name)
            (making / file.name).rename(spool.root / file.name)  # whole at once, as every sender should

    async with ingesting(ingester_interval=0.2):
        mixing = threading.Thread(target=mix)
        mixing.start()
        await until(lambda: not mixing.is_alive())
        await until(lambda: len(names(spool.archive)) >= len(good) and len(names(spool.failed)) >= 2 * len(bad), 60)

    assert names(spool.archive) == set(good)
    reasons = [path for path in spool.failed.iterdir() if path.name.endswith(".reason.json") and path.is_file()]
    told = {
        written["name"]: written["reason"]
        for path in reasons
        if "reason" in (written := _json(path)) and "name" in written
    }
    assert told == {os.fsencode(file.name).decode(errors="replace"): file.reason for file in bad}
    assert len(names(spool.failed)) == 2 * len(bad)
    assert [path.name for path in spool.root.iterdir() if not path.is_dir()] == []
    assert worker_deaths() == deaths
    assert {path.name: path.read_bytes() for path in elsewhere.iterdir()} == outside
    assert await query("SELECT count(*) FROM test WHERE id LIKE 'robot:test-good-%'") == [
        (sum(name.startswith("good-") and name[5].isdigit() for name in good),)
    ]
    assert await query("SELECT count(*) FROM submission") == [(len(set(good.values())),)]
    assert await query("SELECT count(*) FROM rejection") == [(len(bad),)]
    assert await query("SELECT count(*) FROM test WHERE id LIKE '%secret%'") == [(0,)]


def _json(path: Path) -> dict:
    try:
        found = orjson.loads(path.read_bytes())
    except orjson.JSONDecodeError:
        return {}
    return found if isinstance(found, dict) else {}


async def test_files_that_vanish_while_others_are_taken_in_keep_nobody_back(ingesting, spool, query):
    for number in range(600):
        put(spool, f"{number}.json", submission(tests=[a_test(number)]))

    def take_away() -> None:
        for number in range(0, 600, 3):
            for folder in (spool.root, *spool.claims.glob("*/")):
                (folder / f"{number}.json").unlink(missing_ok=True)

    taking = threading.Thread(target=take_away)
    async with ingesting():
        taking.start()
        await until(lambda: not taking.is_alive() and not list(spool.root.glob("*.json")) and not _claimed(spool))

    archived = names(spool.archive)
    assert {f"{number}.json" for number in range(600) if number % 3} <= archived
    assert names(spool.failed) == set()
    assert await query("SELECT count(*) FROM submission WHERE name = ANY (:names)", names=sorted(archived)) == [
        (len(archived),)
    ]


def _claimed(spool) -> bool:
    return any(
        path.suffix == ".json" for folder in spool.claims.iterdir() if folder.is_dir() for path in folder.iterdir()
    )


async def test_half_written_files_wait_for_their_end(ingesting, spool):
    (spool.root / "a.json.temp").write_bytes(b'{"version"')
    put(spool, "b.json", submission(tests=[a_test()]))
    async with ingesting():
        await until(lambda: names(spool.archive) == {"b.json"})
        (spool.root / "a.json.temp").write_bytes(submission(tests=[a_test(2)]))
        (spool.root / "a.json.temp").rename(spool.root / "a.json")
        await until(lambda: names(spool.archive) == {"a.json", "b.json"})
    assert names(spool.failed) == set()
