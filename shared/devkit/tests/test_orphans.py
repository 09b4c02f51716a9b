"""Nothing outlives whoever started it, however that ended."""

import os
import signal
import subprocess
import sys
import time

import psutil
import pytest
from bdc_devkit.embedded import Command, GuardedProcess, NatsServer, PostgresServer
from bdc_devkit.embedded.postgres import FAST
from bdc_devkit.embedded.reaper import create_time, end_stale, same_process

WITHIN_SECONDS = 5.0

PARENT = """
import sys, time
from pathlib import Path
from bdc_devkit.embedded import Command, GuardedProcess, NatsServer, PostgresServer
from bdc_devkit.embedded.postgres import FAST
root = Path(sys.argv[1])
nats, postgres = NatsServer(root / "nats"), PostgresServer(root / "postgres", options=FAST)
nats.start(); postgres.start()
stubborn = "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); time.sleep(600)"
service = GuardedProcess(Command(arguments=[sys.executable, "-c", stubborn, str(root)], log=root / "service.log"))
print("up", flush=True)
time.sleep(600)
"""


def processes_of(directory):
    """Everything that runs on behalf of a directory: it is in the command lines of servers, guards and services."""
    found = []
    for process in psutil.process_iter():
        try:
            if str(directory) in " ".join(process.cmdline()) and process.status() != psutil.STATUS_ZOMBIE:
                found.append(process)
        except psutil.Error:
            continue
    return found


def wait_until(condition, seconds=WITHIN_SECONDS):
    deadline = time.monotonic() + seconds
    while not (met := condition()) and time.monotonic() < deadline:
        time.sleep(0.02)
    return met


@pytest.fixture
def parent(tmp_path):
    process = subprocess.Popen([sys.executable, "-c", PARENT, str(tmp_path)], stdout=subprocess.PIPE, text=True)
    assert process.stdout.readline() == "up\n"
    yield process
    process.kill()
    process.wait()
    process.stdout.close()


def names(processes):
    return {process.name() for process in processes}


def test_kill_9_of_the_parent_leaves_nothing_running(parent, tmp_path):
    assert {"nats-server", "postgres"} <= names(processes_of(tmp_path))
    parent.kill()
    assert wait_until(lambda: not processes_of(tmp_path)), processes_of(tmp_path)


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux lets the kernel end a child with its parent")
@pytest.mark.parametrize("kind", ["nats", "postgres"])
def test_kill_9_of_a_guard_ends_what_it_guards(kind, tmp_path):
    server = NatsServer(tmp_path) if kind == "nats" else PostgresServer(tmp_path / "cluster", options=FAST)
    server.start()
    pid, created = server.process.pid, create_time(server.process.pid)
    os.kill(server.process.guard_pid, signal.SIGKILL)
    assert wait_until(lambda: not processes_of(tmp_path)), processes_of(tmp_path)
    assert server.process.wait(WITHIN_SECONDS) == -signal.SIGKILL
    assert not same_process(pid, created)


def test_kill_9_of_the_guards_and_the_parent_at_once_leaves_nothing_running(parent, tmp_path):
    guards = [process for process in processes_of(tmp_path) if "guard.py" in " ".join(process.cmdline())]
    for guard in guards:
        guard.kill()
    parent.kill()
    assert wait_until(lambda: not processes_of(tmp_path)), processes_of(tmp_path)


def test_a_process_that_ignores_its_stop_signal_is_killed_after_its_grace(tmp_path):
    stubborn = (
        "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('up', flush=True); time.sleep(600)"
    )
    log = tmp_path / "log"
    process = GuardedProcess(Command(arguments=[sys.executable, "-c", stubborn], log=log, grace=0.3))
    assert wait_until(lambda: log.read_text() == "up\n")
    assert process.stop() == -signal.SIGKILL


def test_what_a_process_leaves_in_its_group_ends_with_it(tmp_path):
    child = f"import time; time.sleep(600) # {tmp_path}"
    parent = f"import subprocess, sys; subprocess.Popen([sys.executable, '-c', {child!r}]); print('up', flush=True)"
    process = GuardedProcess(Command(arguments=[sys.executable, "-c", parent], log=tmp_path / "log"))
    assert process.wait(10) == 0
    assert not processes_of(tmp_path)


def test_exit_codes_arrive(tmp_path):
    command = Command(arguments=[sys.executable, "-c", "raise SystemExit(7)"], log=tmp_path / "log")
    assert GuardedProcess(command).wait(10) == 7


def test_a_program_that_does_not_exist_is_a_failure_with_a_log(tmp_path):
    process = GuardedProcess(Command(arguments=["/does/not/exist"], log=tmp_path / "log"))
    assert process.wait(10) == 127
    assert "/does/not/exist could not be started" in (tmp_path / "log").read_text()


def test_a_stale_process_is_only_ended_if_it_is_still_the_same_one():
    with subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"]) as process:
        created = create_time(process.pid)
        assert not end_stale(process.pid, created - 100)
        assert same_process(process.pid, created)
        assert end_stale(process.pid, created)
        process.wait(5)
    assert not same_process(process.pid, created)
