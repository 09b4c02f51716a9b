"""Runs `bdc` as its users do."""

import json
import os
import subprocess
import sys
import time

import psutil

START_SECONDS = 100.0
POLL_SECONDS = 0.05
CLEAN = {name: value for name, value in os.environ.items() if not name.startswith("BDC_")}


def bdc(*arguments, check=None):
    """Run a command to its end."""
    done = subprocess.run(
        [sys.executable, "-m", "bdc_devkit.cli", *map(str, arguments)],
        capture_output=True,
        text=True,
        timeout=START_SECONDS,
        env=CLEAN,
        stdin=subprocess.DEVNULL,
        check=False,
    )
    if check is not None:
        assert done.returncode == check, done.stdout + done.stderr
    return done


def start_up(data_dir, *options):
    """Start `bdc up` in the background."""
    return subprocess.Popen(
        [sys.executable, "-m", "bdc_devkit.cli", "up", "--data-dir", str(data_dir), *options],
        stderr=subprocess.DEVNULL,
        env=CLEAN,
    )


def record(data_dir):
    """Return `stack.json`, or nothing while there is none."""
    try:
        return json.loads((data_dir / "stack.json").read_text())
    except FileNotFoundError:
        return {}


def wait_until(condition, what, seconds=START_SECONDS):
    """Wait for a condition; bounded."""
    deadline = time.monotonic() + seconds
    while not (met := condition()):
        assert time.monotonic() < deadline, f"{what} did not happen within {seconds} s"
        time.sleep(POLL_SECONDS)
    return met


def pids(data_dir):
    """Return the process ids of every server, service and guard of a stack."""
    return {pid for process in record(data_dir)["processes"] for pid in (process["pid"], process["guard_pid"])}


def running(process_ids):
    """Return those that still run."""
    found = set()
    for pid in process_ids:
        try:
            if psutil.Process(pid).status() != psutil.STATUS_ZOMBIE:
                found.add(pid)
        except psutil.NoSuchProcess:
            continue
    return found


def pid_of(data_dir, name):
    """Return the process id of one part."""
    return next(process["pid"] for process in record(data_dir)["processes"] if process["name"] == name)
