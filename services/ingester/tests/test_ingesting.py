"""A spool from end to end: real processes, a real database, a real bus."""

import json
import os
from datetime import UTC, datetime
from typing import Any

import httpx
import pytest
from bdc_chassis.forgetting import Redactor
from bdc_chassis.service import ServiceContext
from bdc_contracts import Event, ForgottenKeys, ReplayRequested, email_subject
from bdc_contracts.streams import FACTS
from bdc_ingester.forgetting import erase
from bdc_ingester.read_api import read_routes
from bdc_ingester.replay import replay
from sqlalchemy import text
from starlette.applications import Starlette

from .spooling import drop, names, submission, until


async def test_a_file_is_stored_published_and_archived(ingesting, spool, query, bus):
    drop(spool, "submission-a.json", submission(1))

    async with ingesting():
        await until(lambda: names(spool.archive) == {"submission-a.json"})

    assert await query("SELECT id, status, lab FROM test") == [("maestro:t1", "FAIL", "lab-1")]
    assert await query("SELECT name, counts FROM submission") == [("submission-a.json", {"tests": 1})]
    subjects = (await bus.js.stream_info(FACTS.name, subjects_filter=">")).state.subjects
    assert subjects == {
        "bdc.v1.ingester.test.seen": 1,
        "bdc.v1.ingester.submission.accepted": 1,
        "bdc.v1.ingester.document.changed": 1,
    }
    assert names(spool.root) == {"archive", "failed", "pending_retry", ".claims"}
    assert names(spool.claims) == set()


async def test_the_same_content_again_later_has_the_same_events(ingesting, spool, query, bus):
    first = drop(spool, "submission-a.json", submission(1))
    os.utime(first, (1_700_000_000, 1_700_000_000.25))
    async with ingesting():
        await until(lambda: names(spool.archive) == {"submission-a.json"})
        before = (await bus.js.stream_info(FACTS.name)).state.messages
        drop(spool, "submission-b.json", submission(1))
        await until(lambda: "submission-b.json" in names(spool.archive))

    assert (await bus.js.stream_info(FACTS.name)).state.messages == before
    assert await query("SELECT name FROM submission") == [("submission-a.json",)]


async def test_no_file_is_to_blame_while_the_database_takes_nothing(ingesting, spool, query, engine):
    """It fails in a way that nobody knows; the sequence counts how often, since a rollback does not undo that."""
    strange = "PERFORM nextval('refused'); RAISE EXCEPTION 'strange' USING ERRCODE = 'XX000';"
    await _execute(
        engine,
        "CREATE SEQUENCE refused",
        f"CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN {strange} END $$",
    )
    async with ingesting(ingester_max_workers=1):
        drop(spool, "first.json", submission(0))
        await until(lambda: names(spool.archive) == {"first.json"})
        workers = names(spool.claims)
        for table in ("submission", "rejection"):
            trigger = f"CREATE TRIGGER refuse BEFORE INSERT ON {table} FOR EACH STATEMENT EXECUTE FUNCTION refuse()"
            await _execute(engine, trigger)
        drop(spool, "a.json", submission(1))
        drop(spool, "b.json", submission(2, status="pass"))
        await until(lambda: _refused(query, 7))
        assert names(spool.claims) >= workers
        assert names(spool.archive) | names(spool.failed) == {"first.json"}

        await _execute(engine, "DROP TRIGGER refuse ON submission", "DROP TRIGGER refuse ON rejection")
        await until(lambda: "a.json" in names(spool.archive) and "b.json" in names(spool.failed))

    assert names(spool.failed) == {"b.json", "b.json.reason.json"}


async def test_a_file_system_that_takes_no_claims_for_a_while_ends_nothing(ingesting, spool, caplog):
    async with ingesting(ingester_max_workers=1):
        drop(spool, "a.json", submission(1))
        await until(lambda: names(spool.archive) == {"a.json"})
        folders = [path for path in spool.claims.iterdir() if path.is_dir()]
        for folder in folders:
            folder.rmdir()
            folder.touch()
        drop(spool, "b.json", submission(2))
        await until(lambda: "files can not be claimed now: Not a directory" in caplog.messages)
        assert (spool.root / "b.json").exists()
        for folder in folders:
            folder.unlink()
            folder.mkdir()
        await until(lambda: names(spool.archive) == {"a.json", "b.json"})


async def _execute(engine, *statements: str) -> None:
    async with engine.begin() as tx:
        for statement in statements:
            await tx.execute(text(statement))


async def _refused(query, times: int) -> bool:
    return (await query("SELECT last_value FROM refused"))[0][0] >= times


async def test_a_malformed_file_fails_with_its_reason(ingesting, spool, query):
    drop(spool, "submission-b.json", submission(1, status="pass"))

    async with ingesting():
        await until(lambda: names(spool.failed) == {"submission-b.json", "submission-b.json.reason.json"})

    reason = json.loads((spool.failed / "submission-b.json.reason.json").read_bytes())
    assert (reason["reason"], reason["path"], reason["origins"]) == ("invalid", "tests[0].status", ["maestro"])
    assert await query("SELECT count(*) FROM test") == [(0,)]
    assert await query("SELECT name, reason FROM rejection") == [("submission-b.json", "invalid")]


@pytest.mark.parametrize("count", [1, 99, 100, 101, 150, 250])
async def test_any_number_of_files_is_taken_in_at_once_without_a_remainder(ingesting, spool, query, count):
    for number in range(count):
        drop(spool, f"{number}.json", submission(number))

    async with ingesting(ingester_interval=3600):  # there is one scan, and nothing else to find them
        await until(lambda: len(names(spool.archive)) == count)

    assert await query("SELECT count(*) FROM test") == [(count,)]


async def test_the_file_system_tells_of_new_files(ingesting, spool):
    async with ingesting(ingester_interval=3600):
        drop(spool, "first.json", submission(1))
        await until(lambda: names(spool.archive) == {"first.json"})
        drop(spool, "second.json", submission(2))
        await until(lambda: names(spool.archive) == {"first.json", "second.json"})


async def test_where_it_does_not_scans_find_them(ingesting, spool):
    async with ingesting(ingester_watch=False, ingester_interval=0.1):
        drop(spool, "first.json", submission(1))
        await until(lambda: names(spool.archive) == {"first.json"})
        drop(spool, "second.json", submission(2))
        await until(lambda: names(spool.archive) == {"first.json", "second.json"})


async def test_more_files_than_the_window_holds_are_all_found(ingesting, spool):
    for number in range(90):
        drop(spool, f"{number}.json", submission(number))

    async with ingesting(ingester_window=20, ingester_interval=0.1):
        await until(lambda: len(names(spool.archive)) == 90)


async def test_another_file_of_an_archived_name_is_kept_beside_it(ingesting, spool, query):
    async with ingesting():
        drop(spool, "a.json", submission(1))
        await until(lambda: len(names(spool.archive)) == 1)
        drop(spool, "a.json", submission(1, status="PASS"))
        await until(lambda: len(names(spool.archive)) == 2)

    assert await query("SELECT status FROM test") == [("PASS",)]


async def test_what_is_stored_can_be_published_again(ingesting, spool, engine):
    drop(spool, "a.json", submission(1))
    drop(spool, "b.json", submission(2, status="pass"))
    async with ingesting():
        await until(lambda: names(spool.archive) and names(spool.failed))

    async def replayed(*types: str, **wanted: Any) -> list[Event]:
        request = ReplayRequested(
            request_id="r", service="ingester", types=types, requested_at=datetime.now(UTC), **wanted
        )
        async with engine.connect() as connection:
            return [event async for event in replay(connection, request)]

    events = await replayed()
    assert [type(event).__name__ for event in events] == [
        *("TestSeen", "SubmissionAccepted", "SubmissionRejected", "DocumentChanged")
    ]
    [run] = events[0].objects
    assert (run.id, run.status, run.lab, run.misc) == ("maestro:t1", "FAIL", "lab-1", {"runtime": "lab-1"})
    assert run.log_digest is not None
    assert "Call trace:" in events[3].text
    assert [type(event).__name__ for event in await replayed("ingester.document.changed")] == ["DocumentChanged"]
    assert await replayed(keys=("another",)) == []
    assert await replayed(until=datetime(2020, 1, 1, tzinfo=UTC)) == []


async def test_a_failure_that_is_corrected_leaves_the_search(ingesting, spool, bus):
    async with ingesting():
        drop(spool, "a.json", submission(1))
        await until(lambda: len(names(spool.archive)) == 1)
        drop(spool, "b.json", submission(1, status="PASS"))
        await until(lambda: len(names(spool.archive)) == 2)

    subjects = (await bus.js.stream_info(FACTS.name, subjects_filter="bdc.v1.ingester.document.*")).state.subjects
    assert subjects == {"bdc.v1.ingester.document.changed": 1, "bdc.v1.ingester.document.removed": 1}


async def test_the_read_api_counts_and_shows(ingesting, spool, engine, bus, settings):
    drop(spool, "a.json", submission(1))
    async with ingesting():
        await until(lambda: len(names(spool.archive)) == 1)

    app = Starlette(routes=read_routes(ServiceContext(settings, bus, engine)))
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app=app), base_url="http://ingester") as client:
        summary = (await client.get("/v1/summary")).json()
        activity = (await client.get("/v1/activity", params={"bucket": "day"})).json()
        found = (await client.get("/v1/tests", params={"status": "FAIL"})).json()
        passed = (await client.get("/v1/tests", params={"status": "PASS"})).json()

    assert summary["counts"] | {"tests": 1, "submissions": 1, "rejected": 0} == summary["counts"]
    assert [each["name"] for each in summary["containers"]] == ["maestro"]
    assert [series["name"] for series in activity["series"]] == ["submissions", "tests"]
    assert found["tests"][0]["id"] == "maestro:t1"
    assert found["tests"][0]["log_excerpt"].startswith("open01 1")
    assert passed == {"tests": []}


async def test_a_forgotten_person_leaves_rows_and_files_and_does_not_come_back(ingesting, spool, query, engine):
    keys = ForgottenKeys(salt="s", hashes=())
    keys = keys.model_copy(update={"hashes": (keys.hashed(email_subject("ann@example.org")),)})
    signed = {"comment": "Reported-by: Ann <ann@example.org>", "misc": {"who": "ann@example.org"}}
    async with ingesting():
        drop(spool, "a.json", submission(1, **signed))
        await until(lambda: len(names(spool.archive)) == 1)
        async with engine.begin() as tx:
            erased = await erase(tx, Redactor(keys))
            await tx.execute(text("INSERT INTO forgotten VALUES (:hash, 's', 'r')"), {"hash": keys.hashes[0]})
        drop(spool, "b.json", submission(2, **signed))
        await until(lambda: len(names(spool.archive)) == 2)

    assert erased.counts["test"] == 1
    assert len(erased.events) == 1
    rows = str(await query("SELECT * FROM test"))
    assert "ann@example.org" not in rows
    assert rows.count("Reported-by: [forgotten]") == 2
    assert b"ann@example.org" not in (spool.archive / "b.json").read_bytes()
