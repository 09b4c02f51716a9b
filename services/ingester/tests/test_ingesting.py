"""A spool from end to end: real processes, a real database, a real bus."""

import json
import os

from bdc_contracts.streams import FACTS
from sqlalchemy import text

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
    async with ingesting():
        drop(spool, "first.json", submission(0))
        await until(lambda: names(spool.archive) == {"first.json"})
        workers = names(spool.claims)
        for table in ("submission", "rejection"):
            trigger = f"CREATE TRIGGER refuse BEFORE INSERT ON {table} FOR EACH STATEMENT EXECUTE FUNCTION refuse()"
            await _execute(engine, trigger)
        drop(spool, "a.json", submission(1))
        drop(spool, "b.json", submission(2, status="pass"))
        await until(lambda: _refused(query, 7))
        assert names(spool.claims) == workers
        assert names(spool.archive) | names(spool.failed) == {"first.json"}

        await _execute(engine, "DROP TRIGGER refuse ON submission", "DROP TRIGGER refuse ON rejection")
        await until(lambda: "a.json" in names(spool.archive) and "b.json" in names(spool.failed))

    assert names(spool.failed) == {"b.json", "b.json.reason.json"}


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
