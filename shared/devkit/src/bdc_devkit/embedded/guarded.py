"""A process with a guard: it ends when this process ends, even by `kill -9`."""

import contextlib
import json
import os
import select
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeAlias

from bdc_devkit.errors import ProcessFailed

GUARD = Path(__file__).with_name("guard.py")
START_SECONDS = 30.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Command:
    """What to run and how to end it.

    `stop` are the signals that end it, in order of insistence, spread over `grace` seconds (`orphan_grace` when the
    parent died); `death` is the one that the kernel sends when the guard dies. `own` and `remove` are directories to
    give to the child, and to delete after it. With `terminal`, standard error is ours and not the log.
    """

    arguments: Sequence[str]
    log: Path
    env: Mapping[str, str] = field(default_factory=dict)
    stop: Sequence[str] = ("SIGTERM", "SIGKILL")
    death: str = "SIGKILL"
    grace: float = 20.0
    orphan_grace: float = 2.0
    unprivileged: bool = False
    own: Sequence[Path] = ()
    remove: Sequence[Path] = ()
    terminal: bool = False

    def spec(self, parent: int | None) -> str:
        """Return the description that `guard.py` reads; `parent` is whose end it watches for beside the pipe's."""
        return json.dumps(
            {
                "command": list(self.arguments),
                "log": str(self.log),
                "stop": list(self.stop),
                "death": self.death,
                "grace": self.grace,
                "orphan_grace": self.orphan_grace,
                "unprivileged": self.unprivileged,
                "own": [str(path) for path in self.own],
                "remove": [str(path) for path in self.remove],
                "terminal": self.terminal,
                "parent": parent,
            }
        )


@dataclass(frozen=True, slots=True)
class GuardHandle:
    """A running guard: its process id, our ends of its two pipes, and how to wait for its end (seconds)."""

    pid: int
    control: int
    status: int
    reap: Callable[[float], object]


StartGuard: TypeAlias = Callable[[Command, int, int], tuple[int, Callable[[float], object]]]
"""Starts a guard on the far ends of the control and status pipes; returns its process id and how to wait for it."""


def execute_guard(command: Command, control: int, status: int) -> tuple[int, Callable[[float], object]]:
    """Start a guard that executes the command."""
    with command.log.open("ab") as log:
        guard = subprocess.Popen(  # noqa: S603  (our own interpreter and script)
            [sys.executable, "-I", "-S", str(GUARD), command.spec(os.getpid())],
            stdin=control,
            stdout=status,
            stderr=None if command.terminal else log,
            start_new_session=True,
            env={**os.environ, **command.env},
        )
    return guard.pid, guard.wait


class GuardedProcess:
    """A running command; `pid` is the command's, `guard_pid` its guard's."""

    def __init__(self, command: Command, start_guard: StartGuard = execute_guard) -> None:
        self.command = command
        command.log.parent.mkdir(parents=True, exist_ok=True)
        self._guard = _start(command, start_guard)
        self._buffer = b""
        self._exit_code: int | None = None
        self._pid: int | None = None
        self._await_pid()

    @property
    def pid(self) -> int:
        """The command's process id."""
        if self._pid is None:
            raise ProcessFailed(f"{self.command.arguments[0]} never started; see {self.command.log}")
        return self._pid

    @property
    def guard_pid(self) -> int:
        """The guard's process id."""
        return self._guard.pid

    def fileno(self) -> int:
        """Return the descriptor that becomes readable when the process or its guard ends."""
        return self._guard.status

    def poll(self) -> int | None:
        """Return the exit code, negative for a signal; None while it runs."""
        self._read(0)
        return self._exit_code

    def wait(self, timeout: float) -> int:
        """Return the exit code.

        Raises:
            ProcessFailed: it still runs after `timeout` seconds.
        """
        deadline = time.monotonic() + timeout
        while self._exit_code is None:
            left = deadline - time.monotonic()
            if left <= 0:
                raise ProcessFailed(f"{self.command.arguments[0]} still runs after {timeout:.0f} s")
            self._read(left)
        return self._exit_code

    def stop(self) -> int:
        """Ask the process to end, insist after its grace, and return its exit code."""
        return self._end(b"stop\n")

    def kill(self) -> int:
        """End the process at once, as a crash would."""
        return self._end(b"kill\n")

    def _await_pid(self) -> None:
        deadline = time.monotonic() + START_SECONDS
        while self._pid is None and self._exit_code is None:
            if time.monotonic() > deadline:
                self.kill()
                raise ProcessFailed(f"{self.command.arguments[0]} did not start within {START_SECONDS:.0f} s")
            self._read(0.5)

    def _end(self, order: bytes) -> int:
        if self._exit_code is None:
            with contextlib.suppress(OSError):  # the guard died first; its end is read below
                os.write(self._guard.control, order)
        return self.wait(self.command.grace + START_SECONDS)

    def _read(self, timeout: float) -> None:
        if self._exit_code is not None:
            return
        ready, _, _ = select.select([self._guard.status], [], [], timeout)
        if not ready:
            return
        data = os.read(self._guard.status, 4096)
        self._buffer += data
        *lines, self._buffer = self._buffer.split(b"\n")
        for line in lines:
            word, _, number = line.partition(b" ")
            if word == b"pid":
                self._pid = int(number)
            else:
                self._finish(int(number))
        if not data and self._exit_code is None:
            self._bereave()

    def _bereave(self) -> None:
        """The guard was killed: where the kernel does not end the child with it (macOS), do so here."""
        if self._pid is not None and sys.platform != "linux":
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.kill(self._pid, signal.SIGKILL)
        self._finish(-signal.SIGKILL)

    def _finish(self, code: int) -> None:
        self._exit_code = code
        os.close(self._guard.control)
        os.close(self._guard.status)
        self._guard.reap(START_SECONDS)


def _start(command: Command, start_guard: StartGuard) -> GuardHandle:
    """Start a guard between two pipes, of which only this process keeps its own ends."""
    far_control, control = os.pipe()
    status, far_status = os.pipe()
    try:
        pid, reap = start_guard(command, far_control, far_status)
    except BaseException:
        os.close(control)
        os.close(status)
        raise
    finally:
        os.close(far_control)
        os.close(far_status)
    return GuardHandle(pid, control, status, reap)
