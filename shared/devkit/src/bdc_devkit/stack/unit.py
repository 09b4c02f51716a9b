"""What the supervisor watches: a server or a service, as one process that can be started again."""

import json
import sys
from collections.abc import Mapping
from enum import StrEnum
from pathlib import Path
from typing import Protocol

from bdc_devkit.embedded.guarded import Command, GuardedProcess
from bdc_devkit.errors import StackError
from bdc_devkit.stack.nursery import Nursery

DRAIN_SECONDS = 20.0


class State(StrEnum):
    """Where a unit is in its life."""

    WAITING = "waiting"
    STARTING = "starting"
    HEALTHY = "healthy"
    UNHEALTHY = "unhealthy"
    RESTARTING = "restarting"
    STOPPED = "stopped"


class Startable(Protocol):
    """A server or service: `start` blocks until the process runs (a server: until it accepts clients)."""

    @property
    def process(self) -> GuardedProcess:
        """Return the running process."""

    def start(self) -> None:
        """Start it, or start it again after its end."""


class Unit:
    """A part of the stack with its state, as the table shows it."""

    def __init__(self, name: str, part: Startable, *, url: str | None = None) -> None:
        self.name = name
        self.part = part
        self.url = url
        self.state = State.WAITING
        self.detail = ""
        self.restarts = 0
        self.started = False


class ServiceProcess:
    """A service's `serve`, waiting at its gate until `open_gate`; forked by the nursery if that is there."""

    def __init__(self, name: str, data_dir: Path, nursery: Nursery | None = None) -> None:
        self.name = name
        self._nursery = nursery
        self.log = data_dir / "log" / f"{name}.log"
        self._gate = data_dir / "run" / f"{name}.json"
        self._gate.parent.mkdir(parents=True, exist_ok=True)
        self._gate.unlink(missing_ok=True)
        self._process: GuardedProcess | None = None

    @property
    def process(self) -> GuardedProcess:
        """The running process.

        Raises:
            StackError: it was not started.
        """
        if self._process is None:
            raise StackError(f"{self.name} is not running")
        return self._process

    def start(self) -> None:
        """Start the process, or start it again."""
        launch = [sys.executable, "-m", "bdc_devkit.stack.launch", self.name, str(self._gate)]
        command = Command(arguments=launch, log=self.log, grace=DRAIN_SECONDS)
        if self._nursery is not None:
            try:
                self._process = GuardedProcess(command, self._nursery.fork)
            except OSError:
                pass  # the nursery was killed, too, and is being started again: this service need not wait for it
            else:
                return
        self._process = GuardedProcess(command)

    def open_gate(self, environment: Mapping[str, str]) -> None:
        """Let the service serve, in this environment (secrets in it: the file is for its owner only)."""
        draft = self._gate.with_suffix(".new")
        draft.touch(mode=0o600)
        draft.write_text(json.dumps(dict(environment)), encoding="utf-8")
        draft.replace(self._gate)

    def close_gate(self) -> None:
        """Remove the environment from the disk."""
        self._gate.unlink(missing_ok=True)
