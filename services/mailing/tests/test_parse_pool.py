"""Parsing in other processes: the same events in the same order, and nothing lost when a process dies."""

import asyncio
import pickle
import random
import signal
import subprocess
import sys
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any, Self
from unittest.mock import patch

import psutil
import pytest
from bdc_chassis.bus import Bus
from bdc_chassis.bus.publisher import Publisher
from bdc_chassis.collect import RunReport, run_collector
from bdc_contracts import Event, Message, MessageArchived
from bdc_contracts.streams import CURSORS, FACTS
from bdc_mailing import publishing
from bdc_mailing.archives import blocks
from bdc_mailing.collector import MailingCollector
from bdc_mailing.parse_pool import ParsePool, ParserLost
from bdc_mailing.parse_worker import frame
from bdc_mailing.publishing import Publishing
from bdc_mailing.ready import Job, Ready, ready_all
from bdc_mailing.settings import MailingSettings
from bdc_mailing.source.messages import messages
from bdc_mailing.source.origin import Origin
from bdc_mailing.source.raw import RawMessage

from .conftest import mail

LIST = "boost@lists.example.org"
WORKER = [sys.executable, "-m", "bdc_mailing.parse_worker"]


def job(raws: list[RawMessage]) -> Job:
    references = [f"sha256:0#{number}+1" for number in range(len(raws))]
    return Job(LIST, raws, references, Origin("mbox:a", "https://a/{hash}/"))


def odd_mail(seed: int) -> RawMessage:
    """Return a message with some of its bytes changed, or nothing but noise."""
    chance = random.Random(seed)
    data = bytearray(mail(seed, body="caf\xe9 \u4f60\u597d\n-- \nAnn", Subject="=?utf-8?q?caf=C3=A9?="))
    for _ in range(chance.choice([0, 1, 5, 200])):
        data[chance.randrange(len(data))] = chance.randrange(256)
    return RawMessage(bytes(data))


def workers() -> list[psutil.Process]:
    return [each for each in psutil.Process().children() if "bdc_mailing.parse_worker" in each.cmdline()]


@pytest.fixture
async def pool() -> AsyncIterator[ParsePool]:
    pool = ParsePool(2)
    pool.begin()
    await pool._starting
    yield pool
    await pool.close()


async def answers(pool: ParsePool, jobs: list[Job]) -> list[Ready]:
    return [ready for task in [pool.submit(job) for job in jobs] for ready in await task]


async def test_a_process_answers_what_this_one_would_in_the_same_order(pool: ParsePool):
    jobs = [job([odd_mail(100 * number + each) for each in range(50)]) for number in range(20)]
    assert await answers(pool, jobs) == [ready for each in jobs for ready in ready_all(each)]


async def test_the_real_archive_is_the_same_through_processes(pool: ParsePool, real_archive: Path):
    raws = list(messages(real_archive))
    jobs = [job(raws[start : start + 300]) for start in range(0, len(raws), 300)]
    assert await answers(pool, jobs) == [ready for each in jobs for ready in ready_all(each)]


async def test_a_process_that_was_killed_is_an_error_and_not_a_wait(pool: ParsePool):
    for worker in workers():
        worker.kill()
    with pytest.raises(ParserLost, match="ended with -9 before it had answered"):
        await answers(pool, [job([odd_mail(1)])])


async def test_no_process_outlives_its_pool(pool: ParsePool):
    assert len(workers()) == 2
    pool.submit(job([odd_mail(1)] * 1000)).cancel()
    await pool.close()
    assert workers() == []


async def test_a_pool_that_is_closed_while_it_starts_leaves_nothing_behind():
    pool = ParsePool(2)
    pool.begin()
    await asyncio.sleep(0)
    await pool.close()
    assert workers() == []


@pytest.mark.parametrize("written", [b"", frame(b"x" * 100)[:50]])
def test_a_process_ends_with_its_collector_and_says_nothing(written: bytes):
    pipe = subprocess.PIPE
    with subprocess.Popen(WORKER, stdin=pipe, stdout=pipe, stderr=pipe) as process:
        _, said = process.communicate(written, timeout=20)
    assert (process.returncode, said) == (0, b"")


def test_a_process_whose_answers_nobody_reads_any_more_ends_and_says_nothing():
    pipe = subprocess.PIPE
    with subprocess.Popen(WORKER, stdin=pipe, stdout=pipe, stderr=pipe) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        assert process.stderr is not None
        assert process.stdout.read(8) == frame(b"")
        process.stdout.close()
        process.stdin.write(frame(pickle.dumps(job([odd_mail(1)]))))
        process.stdin.flush()
        assert process.wait(timeout=20) == 1
        assert process.stderr.read() == b""


def test_a_process_leaves_stopping_to_its_collector():
    with subprocess.Popen(WORKER, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        assert process.stdout.read(8) == frame(b"")
        process.send_signal(signal.SIGTERM)
        process.send_signal(signal.SIGINT)
        work = job([odd_mail(1)])
        process.stdin.write(frame(pickle.dumps(work)))
        process.stdin.close()
        assert process.stdout.read() == frame(pickle.dumps(list(ready_all(work)), pickle.HIGHEST_PROTOCOL))


Collect = Callable[..., Any]


@pytest.fixture
def collect(
    bus: Bus, make_settings: Callable[..., Any], make_mbox: Callable[..., Path], monkeypatch: pytest.MonkeyPatch
) -> Collect:
    """Collect 1,000 messages in many blocks; with processes, they are up before the first block."""
    monkeypatch.setattr(blocks, "BLOCK_BYTES", 20_000)
    monkeypatch.setattr(publishing, "JOB_BYTES", 5_000)
    path = make_mbox(mail(number) for number in range(1000))

    async def run(processes: int, stop: asyncio.Event | None = None) -> RunReport:
        settings = make_settings(MailingSettings, mailing_checkpoint_messages=300, mailing_parse_processes=processes)
        collector = MailingCollector(settings, lists=[LIST], archives=[str(path)])
        return await run_collector(collector, bus, settings, stop=stop)

    async def begun(self: Publishing) -> Self:
        self._pool.begin()
        await self._pool._starting
        return self

    monkeypatch.setattr(Publishing, "__aenter__", begun)
    return run


@pytest.fixture
def published(monkeypatch: pytest.MonkeyPatch) -> list[Message]:
    """Return what goes to the bus, in order: the messages of lists, not the people in them."""
    sent: list[Message] = []
    publish = Publisher.publish

    async def note(self: Publisher, event: Event | Message) -> None:
        if isinstance(event, Message):
            sent.append(event)
        await publish(self, event)

    monkeypatch.setattr(Publisher, "publish", note)
    return sent


async def stored(bus: Bus) -> int:
    subject = MessageArchived.subscription()
    info = await bus.js.stream_info(FACTS.name, subjects_filter=subject)
    return (info.state.subjects or {}).get(subject, 0)


async def test_a_run_publishes_the_same_with_and_without_processes(
    bus: Bus, collect: Collect, published: list[Message]
):
    assert (await collect(0)).counts == {"messages": 1000}
    alone = published.copy()
    published.clear()
    await bus.js.purge_stream(f"KV_{CURSORS.name}")
    assert (await collect(2)).counts == {"messages": 1000}
    assert published == alone


async def test_when_a_process_dies_the_next_run_publishes_what_it_had(
    bus: Bus, collect: Collect, monkeypatch: pytest.MonkeyPatch
):
    submit = ParsePool.submit

    def submit_and_kill(self: ParsePool, each: Job) -> asyncio.Task[list[Ready]]:
        if any(b"<700@" in raw.data for raw in each.messages):
            for worker in workers():
                worker.kill()
        return submit(self, each)

    monkeypatch.setattr(ParsePool, "submit", submit_and_kill)
    report = await collect(2)
    assert report.exit_code == 1
    assert "a parsing process ended with -9" in (report.partitions[0].error or "")
    assert await stored(bus) < 1000
    monkeypatch.setattr(ParsePool, "submit", submit)
    assert (await collect(2)).exit_code == 0
    assert await stored(bus) == 1000
    assert workers() == []


async def test_a_run_that_is_stopped_leaves_no_process_and_loses_nothing(
    bus: Bus, collect: Collect, monkeypatch: pytest.MonkeyPatch
):
    stop, checkpoint = asyncio.Event(), Publishing.checkpoint

    async def stop_after(self: Publishing, cursor: dict[str, Any]) -> None:
        await checkpoint(self, cursor)
        stop.set()

    monkeypatch.setattr(Publishing, "checkpoint", stop_after)
    report = await collect(2, stop)
    assert "was stopped before it was done" in (report.partitions[0].error or "")
    assert workers() == []
    monkeypatch.setattr(Publishing, "checkpoint", checkpoint)
    await collect(2)
    assert await stored(bus) == 1000


async def test_a_small_archive_starts_no_process(bus: Bus, make_settings: Callable[..., Any], make_mbox: Any):
    path = make_mbox(mail(number) for number in range(publishing.FEW_MESSAGES - 1))
    settings = make_settings(MailingSettings, mailing_parse_processes=2)
    with patch.object(ParsePool, "begin") as begin:
        await run_collector(MailingCollector(settings, lists=[LIST], archives=[str(path)]), bus, settings)
    begin.assert_not_called()
