"""A run: partitions with leases, cursors and outcomes of their own, over a real bus."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import pytest
from bdc_chassis.archive import FileArchive
from bdc_chassis.bus import Bus
from bdc_chassis.collect import Partition, PartitionRun, RunReport, run_collector
from bdc_chassis.errors import AuthError, ConfigurationError, NetworkError
from bdc_chassis.lease import Lease
from bdc_chassis.settings import ServiceSettings
from bdc_contracts import Outcome, PersonSeen, RepositorySeen, RunFinished, RunStarted
from bdc_contracts.streams import FACTS

Work = Callable[[PartitionRun], Awaitable[None]]


def seen(number: int) -> RepositorySeen:
    name = f"r{number}"
    return RepositorySeen(
        repository=name, name=name, url=f"file:///{name}", observed_at=datetime(2026, 1, 1, tzinfo=UTC)
    )


@dataclass
class Counting:
    """Publishes the numbers from its cursor up to `size`, with a checkpoint after each ten."""

    size: int = 50
    names: tuple[str, ...] = ("a",)
    before: dict[str, Work] = field(default_factory=dict)
    at_number: dict[int, Work] = field(default_factory=dict)
    refused: Exception | None = None
    finished: int = 0
    name: str = "github"

    def partitions(self) -> Sequence[Partition]:
        return [Partition(name) for name in self.names]

    async def validate(self) -> None:
        if self.refused:
            raise self.refused

    async def collect(self, run: PartitionRun) -> None:
        if run.partition.name in self.before:
            await self.before[run.partition.name](run)
        start = run.cursor["next"] if run.cursor else 0
        run.total(self.size - start)
        for number in range(start, self.size):
            if number in self.at_number:
                await self.at_number[number](run)
            await run.publish(seen(number))
            run.count("repositories")
            run.advance()
            if number % 10 == 9:
                await run.checkpoint({"next": number + 1})

    async def finish(self) -> None:
        self.finished += 1


@pytest.fixture
def settings(nats_url: str, tmp_path: Path) -> ServiceSettings:
    return ServiceSettings(nats_url=nats_url, data_dir=tmp_path)


@pytest.fixture
def run(bus: Bus, settings: ServiceSettings) -> Callable[..., Awaitable[RunReport]]:
    async def go(collector: Counting, **options: object) -> RunReport:
        return await run_collector(collector, bus, settings, **options)

    return go


async def facts_on(bus: Bus, subject: str) -> int:
    info = await bus.js.stream_info(FACTS.name, subjects_filter=subject)
    return (info.state.subjects or {}).get(subject, 0)


async def repositories(bus: Bus) -> int:
    return await facts_on(bus, RepositorySeen.subscription())


async def last_finished(bus: Bus) -> RunFinished:
    message = await bus.js.get_last_msg(FACTS.name, RunFinished.subscription())
    return RunFinished.model_validate_json(message.data)


async def fail(_run: PartitionRun) -> None:
    raise NetworkError("the source hung up: try again later")


async def test_a_run_that_succeeds_says_so_everywhere(bus, run):
    collector = Counting()
    report = await run(collector)

    assert (report.outcome, report.exit_code, report.counts) == (Outcome.SUCCEEDED, 0, {"repositories": 50})
    assert await repositories(bus) == 50
    assert await facts_on(bus, RunStarted.subscription()) == 1
    finished = await last_finished(bus)
    assert (finished.outcome, finished.counts, finished.cursor) == ("succeeded", {"repositories": 50}, {"next": 50})
    assert finished.error is None
    assert collector.finished == 1


async def test_a_second_run_begins_where_the_first_ended(bus, run):
    await run(Counting(size=20))
    report = await run(Counting(size=30))

    assert report.counts == {"repositories": 10}
    assert await repositories(bus) == 30


async def test_a_run_that_failed_in_the_middle_is_completed_by_the_next(bus, run):
    report = await run(Counting(at_number={25: fail}))

    assert (report.outcome, report.exit_code) == (Outcome.PARTIAL, 1)
    [partition] = report.partitions
    assert (partition.cursor, partition.error_category) == ({"next": 20}, "network")
    assert (await last_finished(bus)).error == "the source hung up: try again later"

    assert (await run(Counting())).outcome is Outcome.SUCCEEDED
    assert await repositories(bus) == 50


async def test_a_run_that_got_nowhere_failed(run):
    assert (await run(Counting(at_number={3: fail}))).outcome is Outcome.FAILED


async def test_a_bad_partition_never_stops_the_others(bus, run):
    report = await run(Counting(names=("a", "bad", "c"), before={"bad": fail}))

    outcomes = {each.partition: each.outcome for each in report.partitions}
    assert outcomes == {"a": Outcome.SUCCEEDED, "bad": Outcome.FAILED, "c": Outcome.SUCCEEDED}
    assert (report.outcome, report.exit_code) == (Outcome.PARTIAL, 1)


async def test_partitions_may_run_at_the_same_time(bus, settings):
    both = asyncio.Barrier(2)

    async def meet(_run: PartitionRun) -> None:
        async with asyncio.timeout(10):
            await both.wait()

    collector = Counting(names=("a", "b"), before={"a": meet, "b": meet})
    report = await run_collector(collector, bus, settings.model_copy(update={"concurrency": 2}))

    assert report.outcome is Outcome.SUCCEEDED


async def test_an_overlapping_run_is_refused_with_one_sentence(bus, run):
    async with Lease(bus, "github", "a"):
        report = await run(Counting())

    assert (report.outcome, report.exit_code) == (Outcome.FAILED, 1)
    assert "is being collected already by process" in (report.partitions[0].error or "")
    assert await repositories(bus) == 0
    assert await facts_on(bus, RunFinished.subscription()) == 0


async def test_a_stopped_run_keeps_the_cursor_of_what_was_acknowledged(bus, run):
    stop = asyncio.Event()

    async def interrupt(_run: PartitionRun) -> None:
        stop.set()
        await asyncio.Event().wait()

    report = await run(Counting(at_number={35: interrupt}), stop=stop)

    [partition] = report.partitions
    assert (partition.outcome, partition.cursor, report.exit_code) == (Outcome.PARTIAL, {"next": 30}, 1)
    assert "was stopped" in (partition.error or "")
    assert (await run(Counting())).outcome is Outcome.SUCCEEDED
    assert await repositories(bus) == 50


async def test_partitions_that_a_stop_comes_before_are_reported_too(run):
    stop = asyncio.Event()

    async def interrupt(_run: PartitionRun) -> None:
        stop.set()
        await asyncio.Event().wait()

    report = await run(Counting(names=("a", "b"), before={"a": interrupt}), stop=stop)

    assert [each.outcome for each in report.partitions] == [Outcome.FAILED, Outcome.FAILED]


@pytest.mark.parametrize(
    ("error", "code"), [(ConfigurationError("BDC_GITHUB_TOKEN is missing: set it"), 2), (AuthError("refused"), 1)]
)
async def test_what_validate_refuses_never_starts(bus, run, error, code):
    collector = Counting(refused=error)
    with pytest.raises(type(error)) as caught:
        await run(collector)

    assert caught.value.exit_code == code
    assert collector.finished == 1
    assert await facts_on(bus, RunStarted.subscription()) == 0


async def test_an_unexpected_error_is_named_and_its_secrets_are_not(run):
    async def bug(_run: PartitionRun) -> None:
        raise KeyError("https://ann:hunter2@example.org/x")

    [partition] = (await run(Counting(before={"a": bug}))).partitions

    assert partition.error_category == "unknown"
    assert (partition.error or "").startswith("KeyError: ")
    assert "hunter2" not in (partition.error or "")


async def test_people_are_published_once_with_the_period_of_all_sightings(bus, run):
    async def meet(run: PartitionRun) -> None:
        for day in (7, 3, 5):
            at = datetime(2026, 1, day, tzinfo=UTC)
            await run.people.add("git", "Ann <ann@x.org>", "r", at, name="Ann", email="ann@x.org")

    await run(Counting(size=0, before={"a": meet}))

    subject = "bdc.v1.github.person.seen"
    assert await facts_on(bus, subject) == 1
    person = PersonSeen.model_validate_json((await bus.js.get_last_msg(FACTS.name, subject)).data)
    assert (person.first_seen.day, person.last_seen.day, person.name) == (3, 7, "Ann")


async def test_bad_input_is_put_aside_counted_and_does_not_fail_the_run(run, settings):
    async def find(run: PartitionRun) -> None:
        await run.quarantine(b"\xff broken", "no header", "list.mbox#3")

    report = await run(Counting(size=1, before={"a": find}))

    assert (report.outcome, report.counts["quarantined"]) == (Outcome.SUCCEEDED, 1)
    archive = FileArchive(settings.archive_path)
    [entry] = archive.list("quarantined/github/")
    assert archive.get(entry.ref) == b"\xff broken"
    assert entry.meta["reason"] == "no header"
