"""The digest of a system: equal for equal content, whatever order and time it came in."""

import asyncpg
import pytest
from bdc_devkit.state import system_state

TABLES = """
CREATE SCHEMA github;
CREATE TABLE github.commit (
    id int GENERATED ALWAYS AS IDENTITY PRIMARY KEY, sha text UNIQUE, message text,
    observed_at timestamptz DEFAULT clock_timestamp(), vanished_at timestamptz
);
CREATE TABLE github.commit_file (commit_id int, position int, path text, PRIMARY KEY (commit_id, position));
CREATE TABLE github.alembic_version (version_num text);
CREATE SCHEMA dashboard;
CREATE TABLE dashboard.run (at timestamptz DEFAULT clock_timestamp());
"""
STORE = """
WITH stored AS (INSERT INTO github.commit (sha, message) VALUES ($1, $2) RETURNING id)
INSERT INTO github.commit_file SELECT id, 1, $3 FROM stored
"""
FIRST, SECOND = ("aa", "first", "a.txt"), ("bb", "second", "b.txt")


@pytest.fixture
async def digest_of(test_databases):
    """Store commits in a database of their own and return its digest."""
    names = []

    async def store(*commits, then=None):
        names.append(test_databases.new_name())
        test_databases.create(names[-1])
        connection = await asyncpg.connect(test_databases.url_of(names[-1]))
        await connection.execute(TABLES)
        for commit in commits:
            await connection.execute(STORE, *commit)
        if then:
            await connection.execute(then)
        await connection.close()
        return (await system_state(test_databases.url_of(names[-1]))).digest

    yield store
    for name in names:
        test_databases.drop(name)


async def test_order_and_time_do_not_matter(digest_of):
    run = "INSERT INTO dashboard.run DEFAULT VALUES; INSERT INTO github.alembic_version VALUES ('7')"
    assert await digest_of(FIRST, SECOND) == await digest_of(SECOND, FIRST, then=run)


async def test_content_does(digest_of):
    whole = await digest_of(FIRST, SECOND)
    assert await digest_of(FIRST) != whole
    assert await digest_of(FIRST, ("bb", "other", "b.txt")) != whole
    assert await digest_of(FIRST, ("bb", "second", "c.txt")) != whole


async def test_a_file_of_another_commit_is_another_state(digest_of):
    swapped = (("aa", "first", "b.txt"), ("bb", "second", "a.txt"))
    assert await digest_of(*swapped) != await digest_of(FIRST, SECOND)


async def test_that_something_vanished_matters_but_not_when(digest_of):
    vanish = "UPDATE github.commit SET vanished_at = clock_timestamp() WHERE sha = 'aa'"
    assert await digest_of(FIRST, then=vanish) != await digest_of(FIRST)
    assert await digest_of(FIRST, then=vanish) == await digest_of(FIRST, then=vanish)
