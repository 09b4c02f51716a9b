import os
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import orjson
import pytest
from bdc_chassis.errors import ConfigurationError
from bdc_ingester.file_names import new_id
from bdc_ingester.folders import TargetExists
from bdc_ingester.source import Reason, Rejection
from bdc_ingester.spool import Spool, State

EMPTY = Rejection(Reason.EMPTY, "the file is empty")


@pytest.fixture
def spool(tmp_path):
    spool = Spool(tmp_path / "spool")
    spool.create()
    return spool


def put(spool, name, data=b"{}"):
    path = spool.root / name
    path.write_bytes(data)
    return path


def names(folder):
    return sorted(path.name for path in folder.iterdir())


def test_a_file_is_where_its_state_says(spool):
    name = "submission-abc.json"
    assert spool.state("abc") is State.NOT_FOUND
    put(spool, name + ".temp")
    assert spool.state("abc") is State.IN_PROGRESS
    (spool.root / (name + ".temp")).rename(spool.root / name)
    assert spool.state("abc") is State.READY
    worker = spool.claims / "w1"
    worker.mkdir()
    (spool.root / name).rename(worker / name)
    assert spool.state("abc") is State.READY
    spool.archive_file(worker / name, "0" * 64)
    assert spool.state("abc") is State.PROCESSED


def test_what_older_ingesters_put_aside_counts_as_waiting(spool):
    (spool.pending_retry / "submission-abc.json").write_bytes(b"{}")
    assert spool.state("abc") is State.READY


def test_a_name_that_leads_out_is_not_found(spool):
    (spool.root.parent / "x.json").write_bytes(b"{}")
    for identity in ("../x.json", "/etc/passwd", "..", "", "a/../../x.json", "a\0b", "x" * 300):
        assert spool.state(identity) is State.NOT_FOUND


def test_the_archive_is_flat_unless_a_stamp_says_otherwise(spool):
    assert spool.archive_file(put(spool, "a.json"), "0" * 64) == spool.archive / "a.json"
    dated = Spool(spool.root, archive_stamp="{year}/{month}")
    archived = dated.archive_file(put(spool, "submission-b.json"), "0" * 64)
    assert archived.parent.parent.parent == spool.archive
    assert dated.state("b") is State.PROCESSED
    assert dated.state("a.json") is State.PROCESSED


def test_another_file_of_an_archived_name_is_told_apart_by_its_digest(spool):
    spool.archive_file(put(spool, "a.json", b"one"), "1" * 64)
    second = spool.archive_file(put(spool, "a.json", b"two"), "2" * 64)
    third = spool.archive_file(put(spool, "a.json", b"three"), "2" * 64)
    assert second.name == "a.222222222222.json"
    assert (spool.archive / "a.json").read_bytes() == b"one"
    assert (second.read_bytes(), third.read_bytes()) == (b"two", b"three")


@pytest.mark.parametrize("name", ["..json", "...json", "\x01.json", "a.json.json"])
def test_a_file_whose_name_makes_no_folder_is_archived_too(spool, name):
    spool.archive_file(put(spool, "a.json"), "0" * 64)
    stamped = Spool(spool.root, archive_stamp="{id}")
    assert stamped.archive_file(put(spool, name), "0" * 64) == spool.archive / name
    assert stamped.state(name) is State.PROCESSED or name == "\x01.json"


def test_the_same_file_archived_twice_is_one(spool):
    spool.archive_file(put(spool, "a.json", b"one"), "1" * 64)
    spool.archive_file(put(spool, "a.json", b"one"), "1" * 64)
    assert names(spool.archive) == ["a.json"]
    assert not (spool.root / "a.json").exists()


def test_a_failed_file_has_its_reason_beside_it(spool):
    failed = spool.fail_file(put(spool, "submission-a.json"), EMPTY, "3" * 64)
    written = orjson.loads((spool.failed / "submission-a.json.reason.json").read_bytes())
    assert failed == spool.failed / "submission-a.json"
    assert (written["reason"], written["name"], written["digest"]) == ("empty", "submission-a.json", "3" * 64)
    assert spool.state("a") is State.FAILED


def test_two_failed_files_of_one_name_keep_their_reasons(spool):
    spool.fail_file(put(spool, "a.json", b"one"), EMPTY, "1" * 64)
    spool.fail_file(put(spool, "a.json", b"two"), Rejection(Reason.NOT_JSON, "no"), "2" * 64)
    assert names(spool.failed) == [
        "a.222222222222.json",
        "a.222222222222.json.reason.json",
        "a.json",
        "a.json.reason.json",
    ]
    assert orjson.loads((spool.failed / "a.json.reason.json").read_bytes())["reason"] == "empty"


def test_failing_again_after_a_crash_in_between_finishes_it(spool):
    path = put(spool, "a.json")
    (spool.failed / "a.json.reason.json").write_bytes(b"{half")
    spool.fail_file(path, EMPTY)
    assert orjson.loads((spool.failed / "a.json.reason.json").read_bytes())["reason"] == "empty"


def test_files_of_one_name_that_fail_at_once_have_a_reason_each(spool):
    def fail(worker: str, number: int) -> None:
        (spool.claims / worker).mkdir(exist_ok=True)
        path = spool.claims / worker / f"{number}.json"
        path.write_text(worker * 64)
        begin.wait()
        spool.fail_file(path, Rejection(Reason.INVALID, worker), worker * 64)

    with ThreadPoolExecutor(2) as pool:
        for number in range(50):
            begin = Barrier(2)
            list(pool.map(fail, "12", (number, number)))

    failed = [path for path in spool.failed.iterdir() if not path.name.endswith(".reason.json")]
    assert len(failed) == 100
    for path in failed:
        reason = orjson.loads(path.with_name(f"{path.name}.reason.json").read_bytes())
        assert reason["digest"] == path.read_text()


def test_a_file_that_is_called_like_a_reason_does_not_become_one(spool):
    spool.fail_file(put(spool, "a.json.reason.json", b"mine"), EMPTY)
    spool.fail_file(put(spool, "a.json"), EMPTY)
    assert b"mine" in [path.read_bytes() for path in spool.failed.iterdir()]
    assert len(names(spool.failed)) == 4


def test_a_link_fails_as_a_link(spool, tmp_path):
    (tmp_path / "secret").write_bytes(b"secret")
    link = spool.root / "a.json"
    link.symlink_to(tmp_path / "secret")
    failed = spool.fail_file(link, Rejection(Reason.NOT_A_FILE, "a link"))
    assert failed.is_symlink()
    assert (tmp_path / "secret").read_bytes() == b"secret"


@pytest.mark.parametrize("name", ["é" * 124 + ".json", "x" * 250 + ".json", "line\nfeed.json"])
def test_any_name_that_a_file_system_has_can_fail(spool, name):
    failed = spool.fail_file(put(spool, name), EMPTY)
    assert failed.exists()
    assert failed.with_name(failed.name + ".reason.json").exists()


def test_a_name_that_is_no_text_can_fail(spool):
    raw = os.fsencode(spool.root) + b"/\xff\xfe.json"
    with open(raw, "wb") as file:  # noqa: PTH123  (a path of bytes)
        file.write(b"{}")
    [path] = spool.root.glob("*.json")
    failed = spool.fail_file(path, EMPTY)
    assert failed.exists()


def test_a_requeued_file_waits_again_without_its_reason(spool):
    spool.fail_file(put(spool, "submission-a.json"), EMPTY)
    spool.put_back(spool.failed / "submission-a.json")
    assert spool.state("a") is State.READY
    assert names(spool.failed) == []


def test_requeueing_overwrites_no_waiting_file(spool):
    spool.fail_file(put(spool, "a.json", b"old"), EMPTY)
    put(spool, "a.json", b"new")
    with pytest.raises(TargetExists):
        spool.put_back(spool.failed / "a.json")
    assert (spool.root / "a.json").read_bytes() == b"new"
    with pytest.raises(FileNotFoundError):
        spool.put_back(spool.failed / "b.json")


def test_a_spool_that_cannot_be_made_is_a_configuration_error(tmp_path):
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(ConfigurationError, match="BDC_INGESTER_SPOOL_DIR"):
        Spool(tmp_path / "file").create()


def test_ids_are_letters_and_digits():
    ids = {new_id() for _ in range(100)}
    assert len(ids) == 100
    assert all(len(each) == 32 and each.isalnum() and each.isascii() for each in ids)
