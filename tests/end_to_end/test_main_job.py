"""The main job, end to end: history in, people and answers out."""

import socket
from pathlib import Path

import pytest

from tests.conftest import commit
from tests.demo import Demo


def test_the_demo_collects_history_joins_accounts_and_a_second_run_only_adds_what_is_new(
    tmp_path: Path, repository: Path, archive: Path
) -> None:
    demo = Demo(tmp_path / "data", (repository,), (archive,))

    first = demo.summary()
    commit(repository, 40)
    second = demo.summary()

    assert (first["commits"], first["messages"], first["new"]) == (40, 60, 100)
    assert first["people"] == 3, "two names of one address are one person"
    assert first["profiles"] > first["people"]
    assert first["documents"] >= 100
    assert first["url"].startswith("http://127.0.0.1:")
    assert (second["commits"], second["messages"], second["new"]) == (41, 60, 1)


@pytest.mark.parametrize(
    ("option", "said"),
    [
        ("--repo=/nowhere/to/be/found", "There is no repository at /nowhere/to/be/found"),
        ("--repo=http://127.0.0.1:1/nobody/listens", "http://127.0.0.1:1/nobody/listens cannot be read"),
        ("--mbox=/nowhere/list.mbox", "There is no mail archive at /nowhere/list.mbox"),
    ],
)
def test_wrong_input_gets_one_clear_sentence(tmp_path: Path, option: str, said: str) -> None:
    done = Demo(tmp_path / "data").run(option)

    assert done.returncode != 0
    assert said in done.stderr
    assert len(done.stderr.splitlines()) == 1


def test_a_taken_port_gets_one_clear_sentence(tmp_path: Path, repository: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        done = Demo(tmp_path / "data", (repository,)).run(f"--port={port}")

    assert done.returncode != 0
    assert str(port) in done.stderr
    assert "Traceback" not in done.stderr


def test_a_password_in_an_address_is_never_shown(tmp_path: Path) -> None:
    done = Demo(tmp_path / "data").run("--repo=http://ann:hunter2@127.0.0.1:1/nobody/listens")

    assert done.returncode != 0
    assert "hunter2" not in done.stdout + done.stderr
