import json
import os
import threading

import pytest
import typer
from bdc_ingester.commands import COMMANDS, ls, put, requeue, retry, status
from bdc_ingester.settings import IngesterSettings
from bdc_ingester.source import Reason, Rejection
from bdc_ingester.spool import Spool, State

INVALID = Rejection(Reason.INVALID, "no such status", "tests[0].status", ("robot",), "5.3")
NOT_JSON = Rejection(Reason.NOT_JSON, "this is no JSON")


@pytest.fixture
def settings(tmp_path):
    return IngesterSettings(data_dir=tmp_path)


@pytest.fixture
def spool(settings):
    spool = Spool(settings.spool_path)
    spool.create()
    return spool


@pytest.fixture
def run(settings, capsys):
    """Run a command with `--json`; return its answer and its exit code."""

    def run(command, *arguments, **options):
        try:
            command(settings, *arguments, as_json=True, **options)
            code = 0
        except typer.Exit as end:
            code = end.exit_code
        return json.loads(capsys.readouterr().out), code

    return run


def fail(spool, name, rejection=INVALID):
    path = spool.root / name
    path.write_bytes(b"{}")
    return spool.fail_file(path, rejection)


def archive(spool, name, data=b"{}"):
    path = spool.root / name
    path.write_bytes(data)
    return spool.archive_file(path, "0" * 64)


def test_the_commands_have_the_names_that_operators_type():
    assert [command.__name__ for command in COMMANDS] == ["put", "ls", "status", "retry", "requeue"]


def test_files_that_are_put_wait_in_the_spool_under_their_names(run, spool, tmp_path):
    (tmp_path / "a.json").write_bytes(b"one")
    (tmp_path / "b").write_bytes(b"two")
    answer, code = run(put, [tmp_path / "a.json", tmp_path / "b"])
    assert code == 0
    assert [each["name"] for each in answer["put"]] == ["a.json", "b.json"]
    assert (spool.root / "a.json").read_bytes() == b"one"
    assert (spool.root / "b.json").read_bytes() == b"two"
    assert not list(spool.root.glob("*.temp"))


def test_one_file_that_can_not_be_put_stops_no_other(run, spool, tmp_path):
    (spool.root / "a.json").write_bytes(b"waits")
    (tmp_path / "a.json").write_bytes(b"other")
    (tmp_path / "b.json").write_bytes(b"two")
    answer, code = run(put, [tmp_path / "a.json", tmp_path / "none.json", tmp_path / "b.json"])
    assert code == 1
    assert [each["name"] for each in answer["put"]] == ["b.json"]
    assert len(answer["problems"]) == 2
    assert (spool.root / "a.json").read_bytes() == b"waits"
    assert not list(spool.root.glob("*.temp"))


def test_of_many_that_put_one_name_at_once_one_wins(settings, spool, tmp_path):
    for number in range(8):
        (tmp_path / str(number)).mkdir()
        (tmp_path / str(number) / "a.json").write_text(str(number) * 100_000)
    outcomes = []

    def attempt(number):
        try:
            put(settings, [tmp_path / str(number) / "a.json"], as_json=True)
            outcomes.append(number)
        except typer.Exit:
            pass

    threads = [threading.Thread(target=attempt, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    [winner] = outcomes
    assert (spool.root / "a.json").read_text() == str(winner) * 100_000


def test_status_says_where_a_submission_stands_and_why(run, spool):
    fail(spool, "submission-a.json")
    archive(spool, "submission-b.json")
    failed, code = run(status, "a")
    assert (failed["status"], failed["reason"], failed["path"], code) == ("failed", "invalid", "tests[0].status", 0)
    assert run(status, "submission-b.json") == ({"id": "submission-b.json", "status": "processed"}, 0)
    assert run(status, "c") == ({"id": "c", "status": "notfound"}, 1)
    assert run(status, "../../etc/passwd")[0]["status"] == "notfound"


def test_ls_shows_what_is_not_done_oldest_first(run, spool):
    fail(spool, "failed.json")
    archive(spool, "done.json")
    for age, name in ((10, "new.json"), (100, "old.json"), (50, "half.json.temp")):
        path = spool.root / name
        path.write_bytes(b"{}")
        moment = path.stat().st_mtime - age
        os.utime(path, (moment, moment))
    answer, _ = run(ls)
    assert [(each["name"], each["state"]) for each in answer["files"]] == [
        ("old.json", "ready"),
        ("half.json.temp", "inprogress"),
        ("new.json", "ready"),
        ("failed.json", "failed"),
    ]
    assert answer["files"][-1]["error"] == "no such status"
    limited, _ = run(ls, limit=1)
    assert ([each["name"] for each in limited["files"]], limited["total"]) == (["old.json"], 4)
    processed, _ = run(ls, state=State.PROCESSED)
    assert [each["name"] for each in processed["files"]] == ["done.json"]


def test_ls_of_claimed_files_calls_them_ready(run, spool):
    (spool.claims / "worker-1").mkdir()
    (spool.claims / "worker-1" / "a.json").write_bytes(b"{}")
    answer, _ = run(ls)
    assert [(each["name"], each["state"]) for each in answer["files"]] == [("a.json", "ready")]


def test_a_retried_submission_waits_again(run, spool):
    fail(spool, "submission-a.json")
    answer, code = run(retry, ["a"])
    assert (answer["retried"], code) == ([{"name": "submission-a.json"}], 0)
    assert spool.state("a") is State.READY
    assert not list(spool.failed.iterdir())


def test_all_of_one_reason_are_retried(run, spool):
    fail(spool, "a.json", INVALID)
    fail(spool, "b.json", NOT_JSON)
    (spool.pending_retry / "c.json").write_bytes(b"{}")
    answer, _ = run(retry, every=True, reason=Reason.NOT_JSON)
    assert answer["retried"] == [{"name": "b.json"}]
    answer, _ = run(retry, every=True)
    assert sorted(each["name"] for each in answer["retried"]) == ["a.json", "c.json"]


def test_retrying_what_has_not_failed_or_waits_already_is_a_problem(run, spool):
    fail(spool, "a.json")
    (spool.root / "a.json").write_bytes(b"other")
    answer, code = run(retry, ["a.json", "none"])
    assert (answer["retried"], len(answer["problems"]), code) == ([], 2, 1)
    assert (spool.root / "a.json").read_bytes() == b"other"


def test_a_requeued_submission_leaves_the_archive(run, spool):
    archive(spool, "submission-a.json", b"kept")
    archive(spool, "submission-b.json")
    assert run(requeue, ["a"])[0]["requeued"] == [{"name": "submission-a.json"}]
    assert (spool.root / "submission-a.json").read_bytes() == b"kept"
    assert run(requeue, every=True)[0]["requeued"] == [{"name": "submission-b.json"}]


@pytest.mark.parametrize("command", [retry, requeue])
def test_without_a_name_or_all_nothing_happens(settings, spool, command):
    fail(spool, "a.json")
    with pytest.raises(typer.BadParameter):
        command(settings)
    assert spool.state("a.json") is State.FAILED


def test_people_read_lines(settings, spool, capsys):
    fail(spool, "a.json")
    ls(settings)
    assert "invalid: no such status" in capsys.readouterr().out
