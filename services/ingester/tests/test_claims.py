"""Claims: what a worker has is its own while it lives, and everybody's again when it is dead."""

import os
import signal
import subprocess
import sys

import pytest
from bdc_ingester.claims import Claims, claim, reclaim
from bdc_ingester.spool import Spool

from .spooling import names

HOLD = """
import sys, time
from pathlib import Path
from bdc_ingester.claims import Claims, claim
from bdc_ingester.spool import Spool

spool = Spool(Path(sys.argv[1]))
with Claims(spool) as claims:
    assert claim(spool, "a.json", claims.path)
    print("claimed", flush=True)
    sys.stdin.read()
"""


@pytest.fixture
def spool(tmp_path):
    spool = Spool(tmp_path / "spool")
    spool.create()
    (spool.root / "a.json").write_text("{}")
    return spool


@pytest.fixture
def holder(spool):
    """Another process that has claimed `a.json`."""
    process = subprocess.Popen(
        [sys.executable, "-c", HOLD, str(spool.root)], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    assert process.stdout.readline() == b"claimed\n"
    yield process
    process.kill()
    process.communicate()


def test_the_files_of_a_living_worker_are_not_taken_from_it(spool, holder):
    assert reclaim(spool) == 0
    assert not (spool.root / "a.json").exists()


def test_the_files_of_a_dead_worker_go_back(spool, holder):
    os.kill(holder.pid, signal.SIGKILL)
    holder.wait()

    assert reclaim(spool) == 1
    assert (spool.root / "a.json").exists()
    assert names(spool.claims) == set()


def test_a_worker_that_ends_gives_back_what_it_has(spool, holder):
    holder.communicate(b"")

    assert (spool.root / "a.json").exists()
    assert names(spool.claims) == set()


def test_a_returned_file_never_replaces_a_newer_one_of_its_name(spool, holder):
    (spool.root / "a.json").write_text('{"newer": true}')
    os.kill(holder.pid, signal.SIGKILL)
    holder.wait()

    assert reclaim(spool) == 0
    assert (spool.root / "a.json").read_text() == '{"newer": true}'
    (spool.root / "a.json").unlink()
    assert reclaim(spool) == 1
    assert (spool.root / "a.json").read_text() == "{}"


def test_only_one_of_two_workers_gets_a_file(spool):
    with Claims(spool) as one, Claims(spool) as other:
        assert [claim(spool, "a.json", each.path) for each in (one, other)] == [True, False]


def test_the_lock_of_a_worker_that_died_before_it_had_a_folder_goes(spool):
    (spool.claims / "1-abc.lock").touch()

    reclaim(spool)

    assert names(spool.claims) == set()
