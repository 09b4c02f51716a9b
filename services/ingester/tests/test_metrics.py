import pytest
from bdc_chassis.metrics import render
from bdc_ingester import metrics
from bdc_ingester.worker.messages import Report


def values(name):
    """Return the samples of a metric by their labels, as Prometheus reads them."""
    lines = [line for line in render(None).decode().splitlines() if line.startswith((name + "{", name + " "))]
    return {line.rpartition(" ")[0].removeprefix(name): float(line.rpartition(" ")[2]) for line in lines}


@pytest.fixture(autouse=True)
def _no_origins(monkeypatch):
    monkeypatch.setattr(metrics, "_origins", set())


def test_a_batch_is_counted_by_what_became_of_its_files():
    names = ("kcidb_ingestions_total", "bdc_ingester_failed_total", "kcidb_tests_total", "bdc_ingester_known_total")
    before = {name: values(name) for name in names}
    metrics.batch_done(
        Report(
            1,
            archived=5,
            known=2,
            failed={"invalid": 3},
            objects={("tests", "robot"): 40, ("builds", "robot"): 1},
            stages={"read": 0.004},
        )
    )

    def grown(name, labels):
        return values(name)[labels] - before[name].get(labels, 0)

    assert grown("kcidb_ingestions_total", '{ingester="bdc"}') == 3
    assert grown("bdc_ingester_known_total", "") == 2
    assert grown("bdc_ingester_failed_total", '{reason="invalid"}') == 3
    assert grown("kcidb_tests_total", '{ingester="bdc",origin="robot"}') == 40
    assert values("bdc_ingester_stage_seconds_count")['{stage="read"}'] >= 1


def test_origins_from_outside_do_not_make_labels_without_end():
    for number in range(1000):
        metrics.batch_done(Report(1, objects={("issues", f"flood_{number}"): 1}))
        metrics.received(f"flood_{number}", 10)
    labels = [each for each in values("kcidb_issues_total") if "flood" in each or "other" in each]
    assert len(labels) == metrics.MOST_ORIGINS + 1
    assert values("kcidb_issues_total")['{ingester="bdc",origin="other"}'] >= 1000 - metrics.MOST_ORIGINS
    assert (
        len([each for each in values("kcidb_submissions_by_origin_total") if "flood" in each]) == metrics.MOST_ORIGINS
    )


def test_the_spool_shows_what_waits_and_since_when():
    metrics.spool_seen(12, 3.5)
    metrics.uploads_waiting(4)
    assert values("kcidb_ingestion_queue") == {'{ingester="bdc"}': 12}
    assert values("bdc_ingester_oldest_seconds") == {"": 3.5}
    assert values("bdc_ingester_uploads_waiting") == {"": 4}


def test_dead_workers_and_uploads_are_counted_by_how_they_ended():
    metrics.worker_died(by_signal=True)
    metrics.upload_done("stored", 2)
    assert values("kcidb_ingester_worker_failures_total")['{ingester="bdc",reason="signal"}'] >= 1
    assert values("bdc_ingester_uploads_total")['{outcome="stored"}'] >= 2
