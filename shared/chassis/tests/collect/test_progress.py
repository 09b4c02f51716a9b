"""Progress: rate and time left, and no more lines than one per interval."""

import logging

import pytest
from bdc_chassis.collect.bars import BarProgress
from bdc_chassis.collect.progress import LogProgress, PartitionProgress, choose_progress


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    now = [100.0]
    monkeypatch.setattr("time.monotonic", lambda: now[0])
    return now


def test_the_time_left_follows_from_rate_and_total(clock):
    partition = PartitionProgress("a")
    partition.total, partition.done = 100, 20
    clock[0] += 10

    assert (partition.rate, partition.eta_seconds) == (2.0, 40.0)


def test_without_a_total_nobody_knows_the_time_left(clock):
    partition = PartitionProgress("a")
    partition.done = 20
    clock[0] += 10

    assert partition.eta_seconds is None


def test_a_log_gets_one_line_per_ten_seconds_and_one_at_the_end(clock, caplog):
    caplog.set_level(logging.INFO)
    progress, partition = LogProgress(), PartitionProgress("a")
    progress.start(partition)
    for _ in range(25):
        clock[0] += 1
        partition.done += 3
        partition.counts["commits"] += 3
        progress.tick(partition)
    progress.finish(partition, "succeeded")

    assert [record.message for record in caplog.records] == ["progress", "progress", "partition finished"]
    last = caplog.records[-1]
    assert (last.partition, last.done, last.per_second, last.counts) == ("a", 75, 3.0, {"commits": 75})
    assert last.outcome == "succeeded"


def test_a_terminal_gets_a_bar(monkeypatch, capsys):
    monkeypatch.setattr("sys.stderr.isatty", lambda: True)
    progress = choose_progress()
    assert isinstance(progress, BarProgress)
    partition = PartitionProgress("boostorg/json")
    progress.start(partition)
    partition.total = partition.done = 10
    progress.tick(partition)
    progress.finish(partition, "succeeded")
    progress.close()

    text = capsys.readouterr().err
    assert "boostorg/json" in text
    assert "succeeded" in text
    assert "10/10" in text
