"""Ends what a crashed stack left behind, and nothing else: a process id alone proves nothing."""

from pathlib import Path

import psutil

WAIT_SECONDS = 5.0
TOLERANCE_SECONDS = 1.0


def create_time(pid: int) -> float | None:
    """Return when the process began (seconds since the epoch); None when there is none."""
    try:
        return float(psutil.Process(pid).create_time())
    except psutil.Error:
        return None


def same_process(pid: int, created: float | None) -> bool:
    """Tell whether `pid` still runs and is the process that began at `created`."""
    if created is None:
        return False
    try:
        process = psutil.Process(pid)
        began = abs(process.create_time() - created) <= TOLERANCE_SECONDS
        return began and process.status() != psutil.STATUS_ZOMBIE
    except psutil.Error:
        return False


def end_stale(pid: int, created: float | None) -> bool:
    """End the process `pid` if it is still the one that began at `created`; tell whether it was."""
    if not same_process(pid, created):
        return False
    try:
        _end(psutil.Process(pid))
    except psutil.NoSuchProcess:
        return False
    return True


def end_server(pid: int, data: Path) -> None:
    """End the server `pid` if its command line names its data directory."""
    try:
        process = psutil.Process(pid)
        if str(data) in process.cmdline():
            _end(process)
    except psutil.NoSuchProcess:
        return


def _end(process: psutil.Process) -> None:
    process.terminate()
    try:
        process.wait(WAIT_SECONDS)
    except psutil.TimeoutExpired:
        process.kill()
        process.wait(WAIT_SECONDS)
