"""A process with a guard: it ends when this process ends, even by `kill -9`."""

import contextlib
import json
import os
import select
import signal
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from bdc_devkit.errors import ProcessFailed

GUARD = Path(__file__).with_name("guard.py")
START_SECONDS = 10.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Command:
    """What to run and how to end it.

    `stop` are the signals that end it, in order of insistence, spread over `grace` seconds (`orphan_grace` when the
    parent died); `death` is the one that the kernel sends when the guard dies. `own` and `remove` are directories to
    give to the child, and to delete after it.
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

    def spec(self) -> str:
        """Return the description that `guard.py` reads."""
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
                "parent": os.getpid(),
            }
        )


class GuardedProcess:
    """A running command; `pid` is the command's, `guard_pid` its guard's."""

    def __init__(self, command: Command) -> None:
        self.command = command
        command.log.parent.mkdir(parents=True, exist_ok=True)
        with command.log.open("ab") as log:
            self._guard = subprocess.Popen(  # noqa: S603  (our own interpreter and script)
                [sys.executable, "-I", "-S", str(GUARD), command.spec()],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=log,
                start_new_session=True,
                env={**os.environ, **command.env},
            )
        self._buffer = b""
        self._exit_code: int | None = None
        self._pid: int | None = None
        self._await_pid()

    def _await_pid(self) -> None:
        deadline = time.monotonic() + START_SECONDS
        while self._pid is None and self._exit_code is None:
            if time.monotonic() > deadline:
                self.kill()
                raise ProcessFailed(f"{self.command.arguments[0]} did not start within {START_SECONDS:.0f} s")
            self._read(0.5)

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
        if self._guard.stdout is None:  # pragma: no cover  (a pipe by construction)
            raise ProcessFailed("the guard has no status pipe")
        return self._guard.stdout.fileno()

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

    def _end(self, order: bytes) -> int:
        if self._exit_code is None and self._guard.stdin is not None:
            try:
                self._guard.stdin.write(order)
                self._guard.stdin.flush()
            except OSError:
                pass  # the guard died first; its end is read below
        return self.wait(self.command.grace + START_SECONDS)

    def _read(self, timeout: float) -> None:
        if self._exit_code is not None:
            return
        ready, _, _ = select.select([self.fileno()], [], [], timeout)
        if not ready:
            return
        data = os.read(self.fileno(), 4096)
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
        self._finish(-9)

    def _finish(self, code: int) -> None:
        self._exit_code = code
        for pipe in (self._guard.stdin, self._guard.stdout):
            if pipe is not None:
                with contextlib.suppress(OSError):
                    pipe.close()
        self._guard.wait(START_SECONDS)
