"""The main job, end to end: history in, people and answers out."""

from pathlib import Path

import pytest

from tests.conftest import commit
from tests.demo import Demo


def test_the_demo_collects_history_joins_accounts_and_a_second_run_only_adds_what_is_new(
    tmp_path: Path, repository: Path, archive: Path
) -> None:
    demo = Demo(tmp_path / "data", (repository,), (archive,))

    first = demo.summary("--only-given")
    commit(repository, 40)
    second = demo.summary("--only-given")

    assert (first["commits"], first["messages"], first["new"]) == (40, 60, 100)
    assert first["people"] == 3, "two names of one address are one person"
    assert first["profiles"] > first["people"]
    assert first["documents"] >= 100
    assert first["url"].startswith("http://127.0.0.1:")
    assert (second["commits"], second["messages"], second["new"]) == (41, 60, 1)


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (("--repo=/nowhere/to/be/found",), "/nowhere/to/be/found"),
        (("--mbox=/nowhere/list.mbox",), "/nowhere/list.mbox"),
        (("--port=70000",), "70000"),
    ],
)
def test_wrong_input_gets_one_clear_sentence(tmp_path: Path, options: tuple[str, ...], said: str) -> None:
    done = Demo(tmp_path / "data").run("--only-given", *options)

    assert done.returncode != 0
    assert said in done.stderr
    assert "Traceback" not in done.stderr
