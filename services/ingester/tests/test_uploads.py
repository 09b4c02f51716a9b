"""Long log excerpts and the storage server, which never keeps a file from being taken in."""

import asyncio
from functools import partial
from hashlib import sha256

import pytest
from bdc_chassis.service import ServiceContext
from bdc_ingester.uploads import upload_logs
from pydantic import SecretStr
from sqlalchemy import text

from .spooling import drop, names, submission, until
from .storage_server import TOKEN, StorageServer

LONG = "line\n" * 2000 + "panic: äöü"


@pytest.fixture
def storage():
    with StorageServer() as server:
        yield server


@pytest.fixture
def changes(storage):
    return {
        "ingester_convert_logs": True,
        "ingester_storage_token": SecretStr(TOKEN),
        "ingester_storage_url": storage.url,
        "ingester_storage_timeout": 0.5,
    }


@pytest.fixture
async def uploading(settings, changes, engine, bus):
    """The background task that uploads."""
    context = ServiceContext(settings.model_copy(update=changes), bus, engine)
    task = asyncio.create_task(upload_logs(context))
    yield task
    task.cancel()
    await asyncio.wait([task])


@pytest.fixture
def taking_in(ingesting, uploading, changes):
    """Call it for a block in which files are taken in and excerpts uploaded."""
    return partial(ingesting, **changes)


async def is_linked(query):
    return await query("SELECT count(*) FROM log WHERE url IS NULL") == [(0,)]


async def test_a_text_that_many_objects_have_is_uploaded_once_and_its_end_stays(taking_in, spool, query, storage):
    for number in range(8):
        drop(spool, f"{number}.json", submission(number, log_excerpt=LONG))
    async with taking_in():
        await until(lambda: len(names(spool.archive)) == 8)
        await until(lambda: is_linked(query))

    digest = sha256(LONG.encode()).hexdigest()
    assert storage.stored == {f"logexcerpt/{digest}/logexcerpt.txt.gz": LONG}
    assert storage.requests == 1
    [(url, kept)] = await query("SELECT url, text FROM log")
    assert url == f"{storage.url}/logexcerpt/{digest}/logexcerpt.txt.gz"
    assert kept == LONG[-4096:]
    assert await query("SELECT count(*) FROM test WHERE log_excerpt IS NULL AND log_digest = :d", d=digest) == [(8,)]


async def test_a_hanging_server_keeps_no_file_back_and_no_text_is_lost(taking_in, spool, query, storage, engine):
    storage.hanging.clear()
    for number in range(30):
        drop(spool, f"{number}.json", submission(number, log_excerpt=f"{number} {LONG}"))
    async with taking_in():
        await until(lambda: len(names(spool.archive)) == 30)
        await until(lambda: storage.requests > 0)
        assert await query("SELECT count(*) FROM log WHERE text IS NOT NULL AND url IS NULL") == [(30,)]

        storage.hanging.set()

        async def linked_when_tried_at_once() -> bool:
            async with engine.begin() as tx:  # instead of the minute until the next attempt
                await tx.execute(text("UPDATE log SET next_attempt = now() WHERE next_attempt IS NOT NULL"))
            return await is_linked(query)

        await until(linked_when_tried_at_once)
    assert len(storage.stored) == 30


async def test_a_server_that_fails_is_tried_again_later(taking_in, spool, query, storage):
    storage.fail = True
    drop(spool, "a.json", submission(1, log_excerpt=LONG))
    async with taking_in():
        await until(lambda: storage.requests == 1)
        [(attempts, wait)] = await query("SELECT attempts, extract(epoch FROM next_attempt - now()) FROM log")

    assert attempts == 1
    assert 30 < wait < 61


async def test_without_a_token_excerpts_stay_where_they_are(ingesting, spool, query):
    drop(spool, "a.json", submission(1, log_excerpt=LONG))
    async with ingesting(ingester_convert_logs=True):
        await until(lambda: names(spool.archive) == {"a.json"})

    assert await query("SELECT text, next_attempt FROM log") == [(LONG, None)]
