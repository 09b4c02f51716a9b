"""A spool from end to end: real processes, a real database, a real bus."""

import json

from bdc_contracts.streams import FACTS

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


async def test_a_malformed_file_fails_with_its_reason(ingesting, spool, query):
    drop(spool, "submission-b.json", submission(1, status="pass"))

    async with ingesting():
        await until(lambda: names(spool.failed) == {"submission-b.json", "submission-b.json.reason.json"})

    reason = json.loads((spool.failed / "submission-b.json.reason.json").read_bytes())
    assert (reason["reason"], reason["path"], reason["origins"]) == ("invalid", "tests[0].status", ["maestro"])
    assert await query("SELECT count(*) FROM test") == [(0,)]
    assert await query("SELECT name, reason FROM rejection") == [("submission-b.json", "invalid")]
