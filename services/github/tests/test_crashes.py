"""A collector that is killed between any two steps, and a source that moves on meanwhile: the end is the same."""

import random
from collections.abc import Callable
from typing import Any

import pytest
from bdc_chassis.bus.publisher import Publisher
from bdc_chassis.cursor import Cursor

from .conftest import Make
from .repositories import Repository
from .world import World


class Killed(BaseException):
    """Stands for kill -9: nothing catches it, nothing after it runs."""


class Gallows:
    """Lets the collector take a number of steps (publish, flush, save a cursor), then kills it."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.left: int | None = None
        for owner, name in ((Publisher, "publish"), (Publisher, "flush"), (Cursor, "save")):
            monkeypatch.setattr(owner, name, self._counted(getattr(owner, name)))

    def _counted(self, step: Callable[..., Any]) -> Callable[..., Any]:
        async def counted(*arguments: Any) -> Any:
            if self.left is not None:
                if self.left <= 0:
                    raise Killed
                self.left -= 1
            return await step(*arguments)

        return counted


async def collect_until_killed(world: World, repository: Repository, gallows: Gallows, steps: int) -> bool:
    """Return whether the run was killed before it ended."""
    gallows.left = steps
    try:
        await world.collect(repository.path)
    except Killed:
        return True
    finally:
        gallows.left = None
    return False


def change(repository: Repository, rng: random.Random, number: int) -> None:
    """Do to a repository what people do: commit, branch, rewrite, delete, tag."""
    branches = repository.git("for-each-ref", "--format=%(refname)", "refs/heads").split()
    action = rng.choice(["commit", "commit", "branch", "rewind", "delete", "tag"])
    if action == "branch":
        repository.git("checkout", "--quiet", "-b", f"topic{repository.clock}")
    elif action == "rewind" and len(repository.git("rev-list", "HEAD").split()) > 1:
        repository.git("reset", "--quiet", "--hard", "HEAD^")
    elif action == "delete" and len(branches) > 1:
        current = repository.git("symbolic-ref", "HEAD")
        repository.git("update-ref", "-d", rng.choice([name for name in branches if name != current]))
    elif action == "tag":
        repository.git("tag", "--force", f"v{number % 3}")
        return
    repository.commit(f"Change {number}\n")


@pytest.mark.parametrize("steps", range(0, 18, 2))
async def test_a_killed_run_is_repeated_to_the_same_end(
    world: World, repository: Repository, monkeypatch: pytest.MonkeyPatch, steps: int
) -> None:
    gallows = Gallows(monkeypatch)
    for number in range(4):
        repository.commit(f"Change {number}\n")

    await collect_until_killed(world, repository, gallows, steps)
    await world.collected(repository.path)
    await world.project()

    assert await world.live() == repository.reachable()
    assert await world.collected(repository.path) == {}


@pytest.mark.parametrize("steps", [4, 8, 12])
async def test_what_a_killed_run_published_of_a_branch_that_is_gone_since_is_taken_back(
    world: World, repository: Repository, monkeypatch: pytest.MonkeyPatch, steps: int
) -> None:
    gallows = Gallows(monkeypatch)
    base = repository.commit()
    await world.collected(repository.path)
    for _ in range(4):
        repository.commit("Soon gone\n")
    assert await collect_until_killed(world, repository, gallows, steps)
    repository.git("reset", "--quiet", "--hard", base)

    await world.collected(repository.path)
    await world.project()

    assert await world.live() == repository.reachable() == {base}


async def test_the_same_when_the_mirror_is_lost_as_well(
    world: World, repository: Repository, monkeypatch: pytest.MonkeyPatch, make_repository: Make
) -> None:
    gallows = Gallows(monkeypatch)
    base = repository.commit()
    await world.collected(repository.path)
    for _ in range(4):
        repository.commit("Soon gone\n")
    assert await collect_until_killed(world, repository, gallows, 8)
    repository.git("reset", "--quiet", "--hard", base)
    repository.git("reflog", "expire", "--expire=now", "--all")
    repository.git("gc", "--quiet", "--prune=now")

    await world.elsewhere(mirror_dir=repository.path.parent / "other-mirrors").collected(repository.path)
    await world.project()

    assert await world.live() == repository.reachable() == {base}


@pytest.mark.parametrize("seed", range(4))
async def test_any_sequence_of_changes_and_kills_ends_in_what_git_lists(
    world: World, repository: Repository, monkeypatch: pytest.MonkeyPatch, seed: int
) -> None:
    rng = random.Random(seed)
    gallows = Gallows(monkeypatch)
    repository.commit("First\n")
    for number in range(12):
        for _ in range(rng.randint(1, 3)):
            change(repository, rng, number)
        await collect_until_killed(world, repository, gallows, rng.randint(0, 25))
    await world.collected(repository.path)
    await world.project()

    assert await world.live() == repository.reachable()
    refs = dict(
        line.split(" ")[::-1]
        for line in repository.git("for-each-ref", "--format=%(objectname) %(refname)").split("\n")
    )
    stored = {row.ref: row.sha for row in await world.rows("SELECT ref, sha FROM ref WHERE removed_at IS NULL")}
    assert stored == refs
