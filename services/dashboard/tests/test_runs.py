"""Run history: the same whatever the order and repetition of the events."""

from datetime import UTC, datetime, timedelta

import pytest
from bdc_chassis.bus.projection import Received
from bdc_contracts import ReplayFinished, RunFinished, RunStarted
from bdc_dashboard.projector import project
from bdc_dashboard.runs import latest, run_of
from bdc_dashboard.store import newest_replays, newest_runs
from hypothesis import given
from hypothesis import strategies as st

BEGUN = datetime(2026, 11, 22, 8, 0, tzinfo=UTC)


def started(run_id="r1", partition="boostorg/asio", minute=0):
    begun = BEGUN + timedelta(minutes=minute)
    return RunStarted(run_id=run_id, collector="github", partition=partition, started_at=begun)


def finished(run_id="r1", partition="boostorg/asio", minute=0, **more):
    begun = BEGUN + timedelta(minutes=minute)
    ended = begun + timedelta(seconds=75)
    fields = {"outcome": "succeeded", "counts": {"commits": 3}} | more
    return RunFinished(
        run_id=run_id, collector="github", partition=partition, started_at=begun, finished_at=ended, **fields
    )


def received(*events, first=1):
    return [Received(e, first + i, e.event_id(), None, e.event_subject(), 1) for i, e in enumerate(events)]


async def project_all(engine, *batches):
    for batch in batches:
        async with engine.begin() as tx:
            assert list(await project(tx, batch)) == []
    async with engine.connect() as tx:
        return await newest_runs(tx, limit=100)


@pytest.mark.parametrize("order", ["together", "apart", "end first", "again"])
async def test_a_run_is_its_end_in_whatever_order_the_events_come(order, engine):
    begin, end = received(started(), finished())
    batches = {
        "together": [[begin, end]],
        "apart": [[begin], [end]],
        "end first": [[end], [begin]],
        "again": [[begin, end], [begin], [end, begin], [begin, end]],
    }

    [run] = await project_all(engine, *batches[order])

    assert (run.state, run.counts, run.duration) == ("succeeded", {"commits": 3}, timedelta(seconds=75))


async def test_a_run_without_an_end_is_running_until_a_later_one_of_the_partition_begins(engine):
    [only] = await project_all(engine, received(started("r1")))
    assert only.state == "running"

    newer, older = await project_all(engine, received(started("r2", minute=5)))
    assert (newer.state, older.state) == ("running", "lost")


async def test_hostile_text_is_stored_as_text(engine):
    [run] = await project_all(engine, received(finished(error="a\x00b<script>", counts={"a\x00": 1})))

    assert run.error == "a\ufffdb<script>"


async def test_runs_are_filtered_and_paged(engine):
    events = [finished(f"r{i}", minute=i, outcome="failed" if i % 2 else "succeeded") for i in range(10)]
    await project_all(engine, received(*events))

    async with engine.connect() as tx:
        failed = await newest_runs(tx, outcome="failed", limit=2, offset=1)
        nobody = await newest_runs(tx, collector="mailing", limit=2)

    assert [run.run_id for run in failed] == ["r7", "r5"]
    assert nobody == ()


async def test_replays_are_kept_by_request(engine):
    replay = ReplayFinished(request_id="q1", service="github", events=12, finished_at=BEGUN)
    other = ReplayFinished(request_id="q1", service="mailing", events=7, finished_at=BEGUN, error="It broke.")
    await project_all(engine, received(replay, other), received(replay))

    async with engine.connect() as tx:
        found = await newest_replays(tx, 10)

    assert {(one.service, one.events, one.error) for one in found} == {
        ("github", 12, None),
        ("mailing", 7, "It broke."),
    }


async def test_the_runs_page_shows_outcome_counts_and_error(engine, make_site, browser):
    await project_all(
        engine,
        received(
            finished("r1"),
            finished(
                "r2", "boostorg/<b>", 5, outcome="failed", error_category="network", error="The <server> is away."
            ),
        ),
    )

    page = (await browser(make_site()).get("/runs")).text

    assert "1 min 15 s" in page
    assert "<b>3</b> commits" in page
    assert "<b>network:</b> <bdi>The &lt;server&gt; is away.</bdi>" in page
    assert "boostorg/&lt;b&gt;" in page


facts = st.builds(
    lambda kind, run, outcome: started(run) if kind else finished(run, outcome=outcome),
    st.booleans(),
    st.sampled_from(["r1", "r2"]),
    st.sampled_from(["succeeded", "failed"]),
)


@given(
    st.lists(facts, max_size=8).flatmap(lambda events: st.tuples(st.just(events), st.permutations(range(len(events)))))
)
def test_the_latest_record_of_a_run_does_not_depend_on_order(case):
    events, order = case
    runs = [run_of(event, sequence) for sequence, event in enumerate(events)]

    assert set(map(key, latest(runs))) == set(map(key, latest([runs[i] for i in order] * 2)))


def key(run):
    return (run.run_id, run.partition, run.outcome, run.finished_at)
