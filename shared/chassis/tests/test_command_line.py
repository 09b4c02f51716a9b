"""`bdc-<service>` as an operator meets it: a process, its exit code and what it says on standard error."""

import json
import os
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from pathlib import Path
from textwrap import dedent

import pytest
from bdc_chassis.bus import Bus
from bdc_contracts import RepositorySeen
from bdc_contracts.streams import FACTS

SERVICE = """
    import asyncio
    import os
    import signal
    from datetime import UTC, datetime
    from typing import Annotated

    import typer
    from bdc_chassis.collect import Partition
    from bdc_chassis.errors import CommandError
    from bdc_chassis.service import Service, run
    from bdc_chassis.settings import ServiceSettings
    from bdc_contracts import RepositorySeen
    from pydantic import Field


    def seen(number: int) -> RepositorySeen:
        at = datetime(2026, 1, 1, tzinfo=UTC)
        return RepositorySeen(repository=f"r{number}", name="r", url="file:///r", observed_at=at)


    class Settings(ServiceSettings):
        github_pages: int = Field(1, ge=1)


    class Echo:
        name = "github"

        def __init__(self, repo: list[str], mode: str) -> None:
            self.repo, self.mode = repo, mode

        def partitions(self):
            return [Partition(each) for each in self.repo]

        async def validate(self) -> None:
            if self.mode == "refuse":
                raise CommandError("no such repository: https://ann:hunter2@example.org/x")

        async def collect(self, run) -> None:
            if self.mode == "hang":
                print("hanging", flush=True)
                await asyncio.Event().wait()
            if self.mode == "bug":
                raise RuntimeError("surprise")
            if self.mode == "publish":
                await self.publish(run)
            run.count("repositories", 2)

        async def publish(self, run) -> None:
            for number in range(run.cursor["next"] if run.cursor else 0, 50):
                if number == 35 and "CRASH" in os.environ:
                    os.kill(os.getpid(), signal.SIGKILL)
                await run.publish(seen(number))
                if number == 19:
                    await run.checkpoint({"next": 20})

        async def finish(self) -> None: ...


    def collector(
        settings: Settings,
        *,
        repo: Annotated[list[str], typer.Option(help="Repositories.")],
        mode: Annotated[str, typer.Option()] = "work",
    ) -> Echo:
        return Echo(repo, mode)


    def serve_options(settings: Settings, pages: Annotated[int, typer.Option(help="Pages.")] = 1) -> Settings:
        return Settings(**{**settings.model_dump(), "github_pages": pages})


    def weigh(settings: Settings, what: Annotated[list[str], typer.Argument()], twice: bool = False) -> None:
        '''Weigh what there is.'''
        if "air" in what:
            raise CommandError("air has no weight here: weigh something else")
        print(len(what) * settings.github_pages * (2 if twice else 1))


    SERVICE = Service(
        "github",
        settings=Settings,
        collector=collector,
        serve_options=serve_options,
        database=False,
        commands=(weigh,),
    )
    run(SERVICE)
"""

Command = Callable[..., "subprocess.CompletedProcess[str]"]


@pytest.fixture
def program(tmp_path: Path) -> list[str]:
    path = tmp_path / "echo_service.py"
    path.write_text(dedent(SERVICE))
    return [sys.executable, str(path)]


@pytest.fixture
def environment(nats_url: str, tmp_path: Path) -> dict[str, str]:
    return {**os.environ, "BDC_NATS_URL": nats_url, "BDC_DATA_DIR": str(tmp_path / "bdc")}


@pytest.fixture
def command(program: list[str], environment: dict[str, str]) -> Command:
    def run(*arguments: str, **changed: str) -> "subprocess.CompletedProcess[str]":
        return subprocess.run(
            [*program, *arguments],
            env={**environment, **changed},
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )

    return run


def until(condition: Callable[[], bool], seconds: float = 60) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.02)


def answers(url: str) -> bool:
    try:
        with urllib.request.urlopen(url, timeout=5) as answer:  # noqa: S310  (our own process)
            return answer.status == 200
    except urllib.error.HTTPError:
        return False


def test_help_names_the_commands(command):
    result = command("--help")

    assert result.returncode == 0
    for name in ("serve", "collect", "migrate", "replay", "health"):
        assert name in result.stdout


def test_serve_has_the_options_of_the_service_and_refuses_a_wrong_one_in_one_sentence(command):
    listed, wrong = command("serve", "--help"), command("serve", "--pages", "0")

    assert "--pages" in listed.stdout
    assert wrong.returncode == 2
    assert wrong.stderr.strip().splitlines()[-1].startswith("bdc-github: BDC_GITHUB_PAGES: ")


def test_a_service_has_commands_of_its_own(command):
    assert "Weigh what there is." in command("--help").stdout
    assert command("weigh", "a", "b", "--twice", BDC_GITHUB_PAGES="3").stdout == "12\n"
    assert command("weigh").returncode == 2
    failed = command("weigh", "air")
    assert (failed.returncode, failed.stderr) == (1, "bdc-github: air has no weight here: weigh something else\n")


async def test_a_collection_prints_its_report(bus: Bus, command):
    result = command("collect", "--repo", "a", "--repo", "b", "--json")

    assert result.returncode == 0, result.stderr
    report = json.loads(result.stdout)
    assert (report["outcome"], report["counts"]) == ("succeeded", {"repositories": 4})
    assert [each["partition"] for each in report["partitions"]] == ["a", "b"]


async def test_a_failed_collection_is_one_sentence_and_exit_code_1(bus: Bus, command):
    result = command("collect", "--repo", "a", "--mode", "bug", BDC_LOG_FORMAT="console")

    assert result.returncode == 1
    assert "RuntimeError: surprise" in result.stderr
    assert "Traceback" not in result.stderr


async def test_what_validate_refuses_is_one_sentence_without_secrets(bus: Bus, command):
    result = command("collect", "--repo", "a", "--mode", "refuse")

    assert (result.returncode, result.stderr) == (1, "bdc-github: no such repository: https://ann:***@example.org/x\n")


@pytest.mark.parametrize("arguments", [("collect",), ("collect", "--repo", "a", "--colour", "red"), ("fly",)])
def test_wrong_use_is_exit_code_2(command, arguments):
    result = command(*arguments)

    assert result.returncode == 2
    assert "Traceback" not in result.stderr


def test_a_wrong_setting_is_named_but_not_shown_and_exit_code_2(command):
    result = command("collect", "--repo", "a", BDC_GITHUB_PAGES="hunter2")

    assert result.returncode == 2
    assert result.stderr.startswith("bdc-github: BDC_GITHUB_PAGES: ")
    assert "hunter2" not in result.stderr
    assert result.stderr.count("\n") == 1


def test_a_bus_that_is_away_is_one_sentence(command):
    result = command("collect", "--repo", "a", BDC_NATS_URL="nats://ann:hunter2@127.0.0.1:1")

    assert result.returncode == 1
    assert "NATS does not answer at nats://127.0.0.1:1" in result.stderr
    assert "hunter2" not in result.stderr
    assert "Traceback" not in result.stderr


async def test_a_missing_provision_is_said(nats_url: str, command):
    result = command("migrate")

    assert result.returncode == 2
    assert "bdc-provision" in result.stderr


async def test_a_killed_collection_is_completed_by_the_next(bus: Bus, command):
    crashed = command("collect", "--repo", "a", "--mode", "publish", CRASH="1")
    again = command("collect", "--repo", "a", "--mode", "publish", "--json")

    assert crashed.returncode == -signal.SIGKILL
    assert again.returncode == 0, again.stderr
    info = await bus.js.stream_info(FACTS.name, subjects_filter=RepositorySeen.subscription())
    assert info.state.subjects == {RepositorySeen.subscription(): 50}


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_ends_a_collection_with_exit_code_1(bus: Bus, program, environment, number):
    with subprocess.Popen(
        [*program, "collect", "--repo", "a", "--mode", "hang", "--json"],
        env=environment,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "hanging\n"
        process.send_signal(number)
        report = json.loads(process.stdout.readline())
        assert process.wait(timeout=60) == 1

    assert "was stopped" in report["partitions"][0]["error"]


def test_serve_writes_its_port_answers_and_ends_on_sigterm(bus: Bus, command, program, environment, tmp_path):
    assert command("migrate").returncode == 0
    port_file = tmp_path / "run" / "github.port"
    environment |= {"BDC_PORT_FILE": str(port_file)}
    with subprocess.Popen([*program, "serve"], env=environment) as process:
        until(port_file.exists)
        until(lambda: answers(f"http://127.0.0.1:{port_file.read_text()}/health/ready"))
        ready = command("health", "--json", BDC_PORT_FILE=str(port_file))
        assert ready.returncode == 0, ready.stderr
        assert json.loads(ready.stdout)["checks"]["bus"] == {"ok": True}
        process.terminate()
        assert process.wait(timeout=60) == 0
    assert not port_file.exists()


def test_help_answers_without_heavy_imports(program):
    heavy = ["alembic", "faststream", "uvicorn", "opentelemetry.sdk", "rich", "httpx", "starlette", "asyncpg", "nats"]
    code = f"""
import sys, runpy
sys.argv = ["echo", "--help"]
try:
    runpy.run_path({program[1]!r}, run_name="__main__")
except SystemExit:
    pass
print([name for name in {heavy!r} if name in sys.modules])
"""
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=30, check=True)

    assert result.stdout.splitlines()[-1] == "[]"
