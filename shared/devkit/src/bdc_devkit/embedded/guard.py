"""Watches one child process and ends it when whoever asked for it is gone, however that happened.

Run as a script (`python -I -S guard.py SPEC`) with nothing but the standard library, so that it starts in
milliseconds. Standard input is a pipe from the parent: `stop` asks the child to end in its own time, the end of the
pipe (the parent died) in a hurry, `kill` at once. Standard output tells the parent `pid N` and `exit CODE`. On Linux
the kernel ends the child when the guard itself is killed.
"""

import contextlib
import json
import os
import select
import shutil
import signal
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

if TYPE_CHECKING or __package__:
    from bdc_devkit.embedded.privileges import death_signal, ordinary_user
else:  # run as a script: a neighbour, found without the package, whose dependencies would take a second to import
    sys.path.insert(0, str(Path(__file__).parent))
    from privileges import death_signal, ordinary_user

PARENT_POLL_SECONDS = 0.5
EXEC_FAILED = 127


def execute(spec: dict[str, Any]) -> NoReturn:
    """Become the command."""
    os.execvpe(spec["command"][0], spec["command"], os.environ)  # noqa: S606  (no shell is the point)


def spawn(spec: dict[str, Any], become: Callable[[dict[str, Any]], NoReturn]) -> int:
    """Start the child in a session of its own and return its process id."""
    change_user = ordinary_user(spec["command"][0], spec["own"]) if spec["unprivileged"] else None
    guard = os.getpid()
    pid = os.fork()
    if pid:
        return pid
    try:
        os.setsid()
        signal.set_wakeup_fd(-1)
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGPIPE, signal.SIGCHLD):
            signal.signal(number, signal.SIG_DFL)
        write_to(spec["log"], errors=not spec["terminal"])
        if change_user:
            change_user()
        death_signal(signal.Signals[spec["death"]], guard)
        become(spec)
    except OSError as error:
        os.write(2, f"{spec['command'][0]} could not be started: {error}\n".encode())
    finally:
        os._exit(EXEC_FAILED)


def write_to(log: str, *, errors: bool = True) -> None:
    """Read from nothing and write to the log; standard error too, unless it stays what it is."""
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    descriptor = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    os.dup2(descriptor, 1)
    if errors:
        os.dup2(descriptor, 2)


class Guard:
    """Waits for the child, the parent and signals at once; escalates from asking to killing."""

    def __init__(self, spec: dict[str, Any], become: Callable[[dict[str, Any]], NoReturn] = execute) -> None:
        self.spec = spec
        self.escalation: list[tuple[float, signal.Signals]] = []
        self.wakeup = self.wake_on_signals()
        self.control: int | None = 0
        self.child = spawn(spec, become)
        self.report(f"pid {self.child}")

    def wake_on_signals(self) -> int:
        """Turn signals into bytes on a pipe, so that one `select` waits for everything."""
        reader, writer = os.pipe()
        os.set_blocking(writer, False)
        os.set_blocking(reader, False)
        signal.set_wakeup_fd(writer, warn_on_full_buffer=False)
        signal.signal(signal.SIGCHLD, lambda *_: None)
        signal.signal(signal.SIGTERM, lambda *_: self.end(self.spec["grace"]))
        for number in (signal.SIGINT, signal.SIGHUP, signal.SIGPIPE):
            signal.signal(number, signal.SIG_IGN)
        return reader

    def report(self, line: str) -> None:
        """Tell the parent, if it still listens."""
        with contextlib.suppress(OSError):
            os.write(1, f"{line}\n".encode())

    def end(self, grace: float) -> None:
        """Send the first stop signal now and each next one after its share of `grace` seconds."""
        names = self.spec["stop"]
        now = time.monotonic()
        shares = len(names) - 1 or 1
        steps = [(now + index * grace / shares, signal.Signals[name]) for index, name in enumerate(names)]
        if not self.escalation or steps[-1][0] < self.escalation[-1][0]:
            self.escalation = steps

    def watch(self) -> int:
        """Return the child's exit code (negative for a signal)."""
        while True:
            pid, status = os.waitpid(self.child, os.WNOHANG)
            if pid:
                return os.waitstatus_to_exitcode(status)
            self.escalate()
            if self.spec["parent"] not in {None, os.getppid()}:
                self.end(self.spec["orphan_grace"])
            self.wait()

    def escalate(self) -> None:
        """Send the signals that are due."""
        while self.escalation and self.escalation[0][0] <= time.monotonic():
            _, number = self.escalation.pop(0)
            target = os.killpg if number == signal.SIGKILL else os.kill
            with contextlib.suppress(ProcessLookupError, PermissionError):
                target(self.child, number)
            if not self.escalation:
                self.escalation = [(time.monotonic() + 1, signal.SIGKILL)]

    def wait(self) -> None:
        """Sleep until the parent says something, the child ends or the next signal is due."""
        due = self.escalation[0][0] - time.monotonic() if self.escalation else PARENT_POLL_SECONDS
        watched = [self.wakeup] if self.control is None else [self.wakeup, self.control]
        ready, _, _ = select.select(watched, [], [], max(0.0, min(due, PARENT_POLL_SECONDS)))
        if self.wakeup in ready:
            os.read(self.wakeup, 4096)
        if self.control in ready:
            self.obey(os.read(0, 4096))

    def obey(self, command: bytes) -> None:
        """Do what the parent asked; the end of the pipe means that it died."""
        if b"kill" in command:
            self.escalation = [(time.monotonic(), signal.SIGKILL)]
        elif command:
            self.end(self.spec["grace"])
        else:
            self.control = None
            self.end(self.spec["orphan_grace"])

    def clean(self) -> None:
        """End what the child left in its process group and remove what was only for it."""
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(self.child, signal.SIGKILL)
        for path in self.spec["remove"]:
            shutil.rmtree(path, ignore_errors=True)


def guard(spec: dict[str, Any], become: Callable[[dict[str, Any]], NoReturn] = execute) -> None:
    """Guard a process from its start to its end; `become` is what the child does, and never returns from."""
    watcher = Guard(spec, become)
    code = watcher.watch()
    watcher.clean()
    watcher.report(f"exit {code}")


if __name__ == "__main__":
    guard(json.loads(sys.argv[1]))
