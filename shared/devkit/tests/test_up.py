"""`bdc up`: everything runs, what dies comes back, and nothing is left in the end."""

import json
import os
import signal
import socket

import psutil
from stack_process import bdc, pid_of, pids, record, running, start_up, wait_until


def healthy(data_dir):
    done = bdc("status", "--json", "--data-dir", data_dir)
    return done.returncode == 0 and json.loads(done.stdout)["healthy"]


def test_what_is_killed_comes_back_and_down_ends_it_all(up, data_dir):
    assert healthy(data_dir)
    for name in ("dashboard", "nats", "postgres"):
        before = pid_of(data_dir, name)
        os.kill(before, signal.SIGKILL)
        wait_until(lambda name=name, before=before: pid_of(data_dir, name) != before, f"the restart of {name}")
    wait_until(lambda: healthy(data_dir), "health after the kills", 30)
    everything = pids(data_dir)
    assert "is stopped" in bdc("down", "--data-dir", data_dir, check=0).stderr
    assert not running(everything)
    assert up.wait(30) == 0
    assert record(data_dir) == {}


def test_a_second_stack_in_the_same_directory_is_refused_in_one_sentence(up, data_dir):
    refused = bdc("up", "--port", "0", "--data-dir", data_dir, check=1)
    assert refused.stderr.startswith(f"A stack is already up in {data_dir} (process {up.pid})")
    assert "Traceback" not in refused.stderr


def test_after_kill_9_of_the_supervisor_nothing_is_left_and_the_next_start_is_clean(up, data_dir):
    everything = pids(data_dir)
    up.kill()
    up.wait()
    wait_until(lambda: not running(everything), "the end of every process", 5)
    assert "Nothing is up" in bdc("status", "--data-dir", data_dir, check=1).stderr
    again = start_up(data_dir, "--only", "dashboard", "--port", "0")
    wait_until(lambda: record(data_dir).get("ready") and record(data_dir)["pid"] == again.pid, "the second start")
    everything = pids(data_dir)
    again.send_signal(signal.SIGINT)
    assert again.wait(40) == 0
    assert not running(everything)


def test_down_ends_what_a_crashed_stack_left(up, data_dir):
    """A guard that is stopped cannot notice that its parent died; `down` finds it by the record."""
    stopped = [process["guard_pid"] for process in record(data_dir)["processes"]]
    for pid in stopped:
        os.kill(pid, signal.SIGSTOP)
    everything = pids(data_dir)
    up.kill()
    up.wait()
    for pid in stopped:
        psutil.Process(pid).send_signal(signal.SIGCONT)
    bdc("down", "--data-dir", data_dir, check=0)
    wait_until(lambda: not running(everything), "the end of every process", 10)


def test_a_taken_port_is_one_sentence_and_starts_nothing(data_dir):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        refused = bdc("up", "--port", port, "--data-dir", data_dir, check=2)
    assert refused.stderr.startswith(f"Port {port} on 127.0.0.1 is taken")
    assert not (data_dir / "postgres").exists()


def test_a_service_that_does_not_exist_is_refused_with_those_that_do(data_dir):
    refused = bdc("up", "--only", "github,nonsense", "--data-dir", data_dir, check=2)
    assert "There is no service 'nonsense': choose from dashboard, github" in refused.stderr


def test_down_where_nothing_is_up_says_so(data_dir):
    assert "Nothing is up" in bdc("down", "--data-dir", data_dir, check=0).stderr
