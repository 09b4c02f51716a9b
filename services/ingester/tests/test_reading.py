import os
import subprocess
import sys
from pathlib import Path

import pytest
from bdc_ingester.source import Reason, Rejected, Vanished, parse_submission, read_file

from .hostile import hostile_files, legal_extremes

LIMIT = 1_000_000
NOBODY = 65534


def reason(path: Path, max_bytes: int = LIMIT) -> Reason:
    with pytest.raises(Rejected) as caught:
        read_file(path, max_bytes=max_bytes)
    return caught.value.rejection.reason


def test_a_file_up_to_the_limit_is_read_whole(tmp_path):
    path = tmp_path / "x.json"
    path.write_bytes(b"x" * LIMIT)
    assert read_file(path, max_bytes=LIMIT) == b"x" * LIMIT
    assert reason(path, LIMIT - 1) is Reason.TOO_LARGE


def test_of_a_file_that_is_too_large_nothing_is_read(tmp_path, monkeypatch):
    path = tmp_path / "x.json"
    path.touch()
    os.truncate(path, 2**40)
    monkeypatch.setattr(os, "read", None)
    assert reason(path) is Reason.TOO_LARGE


def test_a_file_that_grows_while_it_is_read_is_too_large(tmp_path, monkeypatch):
    path = tmp_path / "x.json"
    path.write_bytes(b"x" * 10)
    look = os.fstat

    def grow(handle):
        status = look(handle)
        path.write_bytes(b"x" * (LIMIT + 1))
        return status

    monkeypatch.setattr(os, "fstat", grow)
    assert reason(path) is Reason.TOO_LARGE


def test_a_file_that_is_gone_is_an_outcome_of_its_own(tmp_path):
    with pytest.raises(Vanished):
        read_file(tmp_path / "x.json", max_bytes=LIMIT)


def test_an_unreadable_file_is_the_files_fault(tmp_path):
    path = tmp_path / "x.json"
    path.write_bytes(b"{}")
    path.chmod(0)
    if os.geteuid():
        assert reason(path) is Reason.UNREADABLE
        return
    for folder in (tmp_path, *tmp_path.parents[:3]):
        folder.chmod(0o755)
    program = (
        "import os, sys; from pathlib import Path; from bdc_ingester.source import *\n"
        f"os.setgid({NOBODY}); os.setuid({NOBODY})\n"
        "try: read_file(Path(sys.argv[1]), max_bytes=1)\n"
        "except Rejected as error: print(error.rejection.reason)"
    )
    run = subprocess.run([sys.executable, "-c", program, path], capture_output=True, text=True, check=True)
    assert run.stdout.strip() == "unreadable"


def test_a_fault_of_the_machine_is_not_the_files(tmp_path, monkeypatch):
    (tmp_path / "x.json").write_bytes(b"{}")

    def exhausted(*_arguments):
        raise OSError(24, "Too many open files")

    monkeypatch.setattr(os, "open", exhausted)
    with pytest.raises(OSError, match="Too many open files"):
        read_file(tmp_path / "x.json", max_bytes=LIMIT)


def test_every_hostile_file_is_refused_for_its_reason(tmp_path):
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "spool").mkdir()
    found = {}
    files = hostile_files(tmp_path / "elsewhere")
    for file in files:
        path = tmp_path / "spool" / file.name
        file.make(path)
        with pytest.raises(Rejected) as caught:
            parse_submission(read_file(path, max_bytes=32 * 1024 * 1024))
        found[file.name] = caught.value.rejection.reason
    assert found == {file.name: file.reason for file in files}


def test_every_legal_extreme_is_taken_in():
    for name, data in legal_extremes().items():
        parsed = parse_submission(data)
        texts = [value for kind in (parsed.tests, parsed.checkouts) for each in kind for value in each]
        assert not any("\0" in value for value in texts if isinstance(value, str)), name
