"""Submissions of one object: whatever order they are stored in, the latest value of each field counts."""

from itertools import permutations
from typing import Any

import pytest
from bdc_ingester import records
from bdc_ingester.records import Issue, Submission
from bdc_ingester.store.logs import KnownLogs
from bdc_ingester.store.merging import joined, rounds
from bdc_ingester.store.submissions import Accepted, LogsOfFile, save
from bdc_ingester.store.tables import KINDS
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import text

FIELDS = ("path", "status", "log_excerpt", "comment")
LONG = "x" * 300
TESTS = next(kind for kind in KINDS if kind.name == "test")

pytestmark = pytest.mark.usefixtures("engine")


def a_test(**fields: Any) -> records.Test:
    values = dict.fromkeys(records.Test._fields) | {"id": "o:1", "build_id": "o:b", "origin": "o"} | fields
    return records.Test(**values)


def a_file(
    number: int, *, tests: tuple[records.Test, ...] = (), issues: tuple[Issue, ...] = (), digest: str = ""
) -> Accepted:
    found = Submission(digest or f"{number:064x}", 1, "5.3", ("o",), (), (), tests, issues, ())
    return Accepted(f"{number}.json", number, found, LogsOfFile(found, 256))


async def store(engine, *batches: list[Accepted]) -> None:
    for files in batches:
        async with engine.begin() as tx:
            await save(tx, files, [], known_logs=KnownLogs(10), upload=False)


async def stored(engine, fields=FIELDS) -> list[tuple[Any, ...]]:
    async with engine.connect() as tx:
        columns = ", ".join("coalesce(t.log_excerpt, l.text)" if name == "log_excerpt" else name for name in fields)
        rows = await tx.execute(text(f"SELECT {columns} FROM test t LEFT JOIN log l ON l.digest = log_digest"))
        return [tuple(row) for row in rows]


async def empty(engine) -> None:
    async with engine.begin() as tx:
        await tx.execute(text("TRUNCATE test, log, submission, issue"))


async def test_a_corrected_submission_corrects_and_keeps_what_it_does_not_say(engine):
    first = a_file(1, tests=(a_test(path="boot", status="FAIL"),))
    second = a_file(2, tests=(a_test(status="PASS", comment="was the lab"),))

    await store(engine, [first], [second])

    assert await stored(engine) == [("boot", "PASS", None, "was the lab")]


async def test_the_order_of_arrival_does_not_matter(engine):
    files = [
        a_file(1, tests=(a_test(path="a", log_excerpt=LONG),)),
        a_file(2, tests=(a_test(path="b", log_excerpt="short"),)),
        a_file(3, tests=(a_test(status="PASS"),)),
    ]
    for order in permutations(files):
        await empty(engine)
        await store(engine, *([each] for each in order))

        assert await stored(engine) == [("b", "PASS", "short", None)]


values = st.none() | st.sampled_from(["a", "b", LONG, LONG + "y"])
pieces = st.lists(st.fixed_dictionaries(dict.fromkeys(FIELDS, values)), min_size=1, max_size=5)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(pieces, st.randoms(use_true_random=False), st.integers(1, 3))
async def test_every_order_and_batching_gives_the_latest_value_of_each_field(engine, pieces, random, batches):
    files = [a_file(number, tests=(a_test(**piece),)) for number, piece in enumerate(pieces, 1)]
    expected: dict[str, Any] = {}
    for piece in pieces:
        expected |= {name: value for name, value in piece.items() if value is not None}
    shuffled = files * 2
    random.shuffle(shuffled)

    await empty(engine)
    await store(engine, *(shuffled[start::batches] for start in range(batches)))

    assert await stored(engine) == [tuple(expected.get(name) for name in FIELDS)]


async def test_of_two_submissions_of_one_moment_the_same_one_wins_in_any_order(engine):
    one = a_file(1, tests=(a_test(status="PASS"),), digest="a" * 64)
    other = a_file(1, tests=(a_test(status="FAIL"),), digest="b" * 64)
    for order in ([one, other], [other, one]):
        await empty(engine)
        await store(engine, *([each] for each in order))

        assert await stored(engine, ("status",)) == [("FAIL",)]


async def test_the_same_bytes_again_are_nothing_new(engine):
    first = a_file(1, tests=(a_test(status="FAIL"),))
    later = a_file(9, tests=first.submission.tests, digest=first.submission.digest)

    await store(engine, [first], [later], [a_file(5, tests=(a_test(status="PASS"),))])

    assert await stored(engine, ("status",)) == [("PASS",)]


async def test_an_object_is_changed_by_nobody_but_its_origin(engine):
    mine = a_file(1, tests=(a_test(status="FAIL"),))
    theirs = a_file(2, tests=(a_test(origin="mallory", status="PASS"),))

    await store(engine, [mine], [theirs])

    assert await stored(engine, ("origin", "status")) == [("o", "FAIL")]


async def test_versions_of_an_issue_are_rows_of_their_own(engine):
    issues = [Issue(**(dict.fromkeys(Issue._fields) | {"id": "o:i", "version": n, "origin": "o"})) for n in (1, 2)]

    await store(engine, [a_file(1, issues=tuple(issues))], [a_file(2, issues=(issues[0],))])

    async with engine.connect() as tx:
        assert (await tx.execute(text("SELECT id, version FROM issue ORDER BY version"))).all() == [
            ("o:i", 1),
            ("o:i", 2),
        ]


def test_an_object_that_a_file_has_twice_is_one_and_the_later_value_counts():
    twice = (a_test(path="a", status="FAIL"), a_test(status="PASS"), a_test(id="o:2"))

    assert joined(TESTS, twice) == [a_test(path="a", status="PASS"), a_test(id="o:2")]


def test_rounds_have_no_object_twice_and_keep_the_order():
    rows = [(key, number) for number, key in enumerate("abacaba")]

    assert list(rounds(TESTS, rows)) == [
        [("a", 0), ("b", 1), ("c", 3)],
        [("a", 2), ("b", 5)],
        [("a", 4)],
        [("a", 6)],
    ]
