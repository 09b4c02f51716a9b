import os
import time

import pytest
from bdc_ingester.settings import IngesterSettings
from bdc_ingester.spool import Spool
from bdc_ingester.watching import _look, waiting


@pytest.fixture
def spool(tmp_path):
    spool = Spool.of(IngesterSettings(data_dir=tmp_path))
    spool.create()
    return spool


def put(path, age=0.0):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(b"{}")
    os.utime(path, (time.time() - age,) * 2)


def test_an_empty_spool_has_nothing_that_waits(spool):
    count, oldest = waiting(spool)
    assert count == 0
    assert oldest == pytest.approx(0, abs=1)


def test_what_waits_is_counted_wherever_it_is_with_the_age_of_the_oldest(spool):
    put(spool.root / "a.json", 10)
    put(spool.claims / "worker" / "b.json", 500)
    put(spool.pending_retry / "c.json", 100)
    (spool.root / "d.json").symlink_to("nowhere")
    for done in (spool.root / "e.json.temp", spool.archive / "f.json", spool.failed / "g.json"):
        put(done, 10_000)
    (spool.root / "folder.json").mkdir()
    (spool.claims / "worker.lock").touch()
    count, oldest = waiting(spool)
    assert count == 4
    assert oldest == pytest.approx(500, abs=5)


def test_what_nobody_finished_in_a_day_is_removed_and_nothing_else(spool):
    day = 24 * 3600
    put(spool.root / "old.json.temp", 2 * day)
    put(spool.archive / ".half.json.0123.part", 2 * day)
    kept = [spool.root / "new.json.temp", spool.root / "old.json", spool.archive / "old.json"]
    put(kept[0], day / 2)
    put(kept[1], 2 * day)
    put(kept[2], 2 * day)
    _look(spool)
    assert sorted(path for path in spool.root.rglob("*") if path.is_file()) == sorted(kept)
