"""What the demo collects, and how it refuses what it cannot."""

import gzip
import mailbox
import os
import subprocess
from contextlib import closing

import pytest
from bdc_chassis.errors import CommandError
from bdc_devkit.demo import inputs
from bdc_devkit.demo.generated import LIST_ADDRESS, generated_archive, generated_repository
from bdc_devkit.demo.inputs import MailArchive, choose_inputs, list_address
from bdc_devkit.demo.summary import Summary

COUNTS = {"people": 3, "profiles": 5, "merged": 2, "commits": 10, "messages": 20, "documents": 30}


def git(*arguments):
    return subprocess.run(
        ["git", "-c", "safe.directory=*", *arguments], capture_output=True, text=True, check=True
    ).stdout


def test_this_checkout_and_what_is_named_are_collected(tmp_path):
    repository, archive = generated_repository(tmp_path), generated_archive(tmp_path)
    chosen = choose_inputs([str(repository)], [archive], tmp_path / "data")
    assert chosen.repositories[-1] == str(repository)
    assert chosen.archives[-1].path == archive
    assert len(chosen.repositories) == 2


def test_without_a_checkout_and_samples_both_are_generated(tmp_path, monkeypatch):
    monkeypatch.setattr(inputs, "own_checkout", lambda: None)
    monkeypatch.setattr(inputs, "sample_archives", list)
    chosen = choose_inputs([], [], tmp_path)
    assert len(git("-C", chosen.repositories[0], "log", "--format=%H").split()) == 6
    assert [archive.list_address for archive in chosen.archives] == [LIST_ADDRESS]
    with closing(mailbox.mbox(chosen.archives[0].path, create=False)) as archive:
        assert len(archive) == 12
    assert len(chosen.notes) == 2


def test_what_is_generated_is_the_same_every_time(tmp_path):
    first, second = generated_repository(tmp_path / "1"), generated_repository(tmp_path / "2")
    assert git("-C", first, "rev-parse", "HEAD") == git("-C", second, "rev-parse", "HEAD")
    assert generated_archive(tmp_path / "1").read_bytes() == generated_archive(tmp_path / "2").read_bytes()


@pytest.mark.parametrize(
    ("repository", "sentence"),
    [
        ("/does/not/exist", "There is no repository at /does/not/exist"),
        ("/", "/ is not a git repository"),
        ("file:///does/not/exist", "file:///does/not/exist cannot be read"),
        ("https://127.0.0.1:9/none.git", "https://127.0.0.1:9/none.git cannot be read"),
    ],
)
def test_a_repository_that_cannot_be_read_is_refused_before_anything_starts(repository, sentence, tmp_path):
    with pytest.raises(CommandError, match=sentence) as refused:
        choose_inputs([repository], [], tmp_path)
    assert "\n" not in str(refused.value)


def test_a_mail_archive_that_cannot_be_read_is_refused_before_anything_starts(tmp_path):
    with pytest.raises(CommandError, match="There is no mail archive at"):
        choose_inputs([], [tmp_path / "nothing.mbox"], tmp_path)
    broken = tmp_path / "broken.mbox.gz"
    broken.write_bytes(gzip.compress(os.urandom(4096))[:1000])
    with pytest.raises(CommandError, match=r"broken\.mbox\.gz cannot be read"):
        choose_inputs([], [broken], tmp_path)


def test_the_list_is_the_one_that_headers_name_else_the_file(tmp_path):
    named, unnamed = tmp_path / "a.mbox", tmp_path / "Old Archive.mbox.gz"
    named.write_bytes(b"From a\nList-Post: <mailto:Dev@Lists.example.org>\n\nhello\n")
    unnamed.write_bytes(gzip.compress(b"From a\nSubject: hello\n\nhello\n"))
    assert list_address(named) == "dev@lists.example.org"
    assert list_address(unnamed) == "old-archive@archive.invalid"
    assert MailArchive(named, list_address(named)).path == named


def test_the_summary_tells_what_is_new():
    first = Summary(counts=COUNTS, before={}, seconds=1.234, url="http://x")
    assert {kind: first.to_dict()[kind] for kind in ("people", "profiles", "commits", "messages", "documents")} == {
        kind: count for kind, count in COUNTS.items() if kind != "merged"
    }
    assert (first.new, first.to_dict()["seconds"], first.to_dict()["url"]) == (30, 1.23, "http://x")
    again = Summary(counts=COUNTS, before=COUNTS, seconds=1, url=None)
    assert again.new == 0
    assert "Nothing new since the last run" in again.lines()
