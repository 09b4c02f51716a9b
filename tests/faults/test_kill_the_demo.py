"""kill -9 of any process at any moment of the demo, then a restart: the final state is that of an undisturbed run."""

import asyncio
import random
import time
from pathlib import Path

import psutil
import pytest
from bdc_devkit.embedded import PostgresServer
from bdc_devkit.state import SystemState, system_state

from tests.demo import PATIENCE, Demo


def final_state(demo: Demo) -> SystemState:
    """Run to a good end and return the state of everything stored."""
    demo.summary()
    server = PostgresServer(demo.data / "postgres")
    server.start()
    try:
        return asyncio.run(system_state(server.url))
    finally:
        server.stop()


def run_and_kill(demo: Demo, moment: float, rng: random.Random) -> str:
    """Start a run, kill one of its processes at `moment` (seconds), wait for the end; return what was killed."""
    with demo.start() as process:
        root = psutil.Process(process.pid)
        deadline = time.monotonic() + moment
        while time.monotonic() < deadline and process.poll() is None:
            psutil.wait_procs([root], timeout=0.02)
        try:
            victims = [root, *root.children(recursive=True)]
            victim = rng.choice(victims)
            name = " ".join(victim.cmdline()[-3:])
            victim.kill()
        except psutil.NoSuchProcess:
            return "nothing: it had ended"
        process.communicate(timeout=PATIENCE)
        assert not psutil.wait_procs(victims, timeout=20)[1], "a process outlived the demo"
        return name


def kills(count: int, seed: int) -> list[tuple[float, int]]:
    rng = random.Random(seed)
    return [(rng.random(), rng.randrange(2**32)) for _ in range(count)]


@pytest.fixture
def undisturbed(tmp_path: Path, repository: Path, archive: Path) -> tuple[Demo, SystemState, float]:
    demo = Demo(tmp_path / "undisturbed", (repository,), (archive,))
    began = time.monotonic()
    state = final_state(demo)
    return demo, state, time.monotonic() - began


def survive(undisturbed: tuple[Demo, SystemState, float], tmp_path: Path, points: list[tuple[float, int]]) -> None:
    demo, expected, seconds = undisturbed
    for number, (share, seed) in enumerate(points):
        disturbed = Demo(tmp_path / f"disturbed{number}", demo.repositories, demo.archives)
        killed = run_and_kill(disturbed, share * seconds, random.Random(seed))
        state = final_state(disturbed)
        differing = sorted({each.table for each in set(state.tables) ^ set(expected.tables)})
        assert not differing, f"killed {killed} after {share * seconds:.1f} s"


@pytest.mark.timeout(600)
def test_a_killed_process_changes_nothing_in_the_end(
    undisturbed: tuple[Demo, SystemState, float], tmp_path: Path
) -> None:
    survive(undisturbed, tmp_path, kills(2, seed=random.randrange(2**32)))


@pytest.mark.soak
@pytest.mark.timeout(3600)
def test_forty_killed_processes_change_nothing_in_the_end(
    undisturbed: tuple[Demo, SystemState, float], tmp_path: Path
) -> None:
    survive(undisturbed, tmp_path, kills(40, seed=2))
