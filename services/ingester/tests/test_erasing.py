import asyncio
import os

import orjson
import pytest
from bdc_chassis.errors import TimedOut, is_transient
from bdc_chassis.forgetting import Redactor
from bdc_contracts import ForgottenKeys, email_subject
from bdc_ingester.erasing import erase_files, wait_for_claims
from bdc_ingester.source import Reason, Rejection, parse_submission
from bdc_ingester.spool import Spool

from .submissions import a_checkout, a_test, submission

KEYS = ForgottenKeys(salt="s", hashes=())
REDACTOR = Redactor(KEYS.model_copy(update={"hashes": (KEYS.hashed(email_subject("ann@x.org")),)}))
LIMIT = 100_000
SIGNED = "Fix it\n\nSigned-off-by: Ann Lee <ann@x.org>\nAcked-by: Ben <ben@x.org>"


@pytest.fixture
def spool(tmp_path):
    spool = Spool(tmp_path / "spool", archive_stamp="{year}")
    spool.create()
    return spool


def put(spool, name, data):
    (spool.root / name).write_bytes(data)
    return spool.root / name


def erase(spool):
    return dict(erase_files(spool, REDACTOR, max_bytes=LIMIT))


def test_a_forgotten_person_leaves_the_archived_files_and_nobody_else_does(spool):
    data = submission(checkouts=[a_checkout(git_commit_message=SIGNED)], tests=[a_test()])
    path = spool.archive_file(put(spool, "a.json", data), "0" * 64)
    os.utime(path, (1_000_000, 1_000_000))
    assert erase(spool) == {"files": 1}
    assert b"ann@x.org" not in path.read_bytes()
    assert b"Ann Lee" not in path.read_bytes()
    [left] = parse_submission(path.read_bytes()).checkouts
    assert left.git_commit_message == "Fix it\n\nSigned-off-by: [forgotten]\nAcked-by: Ben <ben@x.org>"
    assert path.stat().st_mtime == 1_000_000
    assert erase(spool) == {}


def test_files_that_do_not_name_them_keep_their_bytes(spool):
    spaced = b' {"version" : {"major": 5}, "checkouts": [] }\n'
    mine = spool.archive_file(put(spool, "a.json", spaced), "0" * 64)
    theirs = submission(checkouts=[a_checkout(git_commit_message="By Ben <ben@x.org>")])
    other = spool.archive_file(put(spool, "b.json", theirs), "1" * 64)
    assert erase(spool) == {}
    assert (mine.read_bytes(), other.read_bytes()) == (spaced, theirs)


@pytest.mark.parametrize("data", [b"{broken: ann@x.org", b"\xff ann@x.org", b'["\\u0061nn\\u0040x.org"]'])
def test_they_leave_failed_files_and_their_reasons(spool, data):
    rejection = Rejection(Reason.NOT_JSON, "this is no JSON: ann@x.org")
    spool.fail_file(put(spool, "a.json", data), rejection)
    assert erase(spool) == {"files": 2}
    assert b"ann@x.org" not in (spool.failed / "a.json").read_bytes()
    assert orjson.loads((spool.failed / "a.json.reason.json").read_bytes())["error"] == "this is no JSON: [forgotten]"
    assert not list(spool.failed.glob(".*"))


def test_what_was_never_read_is_counted(spool, tmp_path):
    spool.fail_file(put(spool, "a.json", b"x" * (LIMIT + 1)), Rejection(Reason.TOO_LARGE, "large"))
    (tmp_path / "outside").write_bytes(b"ann@x.org")
    link = spool.root / "b.json"
    link.symlink_to(tmp_path / "outside")
    spool.fail_file(link, Rejection(Reason.NOT_A_FILE, "link"))
    assert erase(spool) == {"files_not_searched": 1}
    assert (tmp_path / "outside").read_bytes() == b"ann@x.org"


async def test_what_workers_have_in_hand_is_waited_for_and_what_they_take_later_is_not(spool):
    worker = spool.claims / "worker"
    worker.mkdir()
    (worker / "a.json").write_bytes(b"{}")
    waiting = asyncio.create_task(wait_for_claims(spool))
    await asyncio.sleep(0.2)
    assert not waiting.done()
    (worker / "b.json").write_bytes(b"{}")
    spool.archive_file(worker / "a.json", "0" * 64)
    (worker / "a.json").write_bytes(b"another")
    await waiting


async def test_a_worker_that_does_not_come_forward_is_asked_again_later(spool):
    (spool.claims / "worker").mkdir()
    (spool.claims / "worker" / "a.json").write_bytes(b"{}")
    with pytest.raises(TimedOut, match="1 files") as caught:
        await wait_for_claims(spool, seconds=0.1)
    assert is_transient(caught.value)
