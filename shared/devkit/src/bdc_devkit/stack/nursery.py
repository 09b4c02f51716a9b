"""Where services are born: one process that imported what they share, and forks each of them.

Importing the chassis takes most of a service's start; so it happens once, not once per service. Each fork has a guard
as any other process of the stack has. Only on Linux: elsewhere a process forked without `exec` may not do everything.
"""

import socket
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from bdc_devkit.embedded.guarded import Command, GuardedProcess
from bdc_devkit.errors import ProcessFailed, StackError

SUPPORTED = sys.platform == "linux"
ANSWER_SECONDS = 60.0
POLL_SECONDS = 0.005


class Nursery:
    """The process that forks services; a service is named by the `arguments` of its command."""

    def __init__(self, data_dir: Path) -> None:
        self._log = data_dir / "log" / "nursery.log"
        self._process: GuardedProcess | None = None
        self._address = ""

    @property
    def process(self) -> GuardedProcess:
        """The running process.

        Raises:
            StackError: it was not started.
        """
        if self._process is None:
            raise StackError("the nursery is not running")
        return self._process

    def start(self) -> None:
        """Start the process; requests wait until it has imported everything."""
        directory = Path(tempfile.mkdtemp(prefix="bdc-nursery-"))
        address = directory / "socket"
        arguments = [sys.executable, "-m", "bdc_devkit.stack.nursery_process", str(address)]
        self._process = GuardedProcess(Command(arguments=arguments, log=self._log, remove=[directory]))
        deadline = time.monotonic() + ANSWER_SECONDS
        while not address.exists():
            if self._process.poll() is not None or time.monotonic() > deadline:
                raise ProcessFailed(f"the nursery of services did not start; see {self._log}")
            time.sleep(POLL_SECONDS)
        self._address = str(address)

    def fork(self, command: Command, control: int, status: int) -> tuple[int, Callable[[float], object]]:
        """Start a guard that becomes the service, as `GuardedProcess` asks.

        Raises:
            OSError: the nursery is not there.
        """
        with socket.socket(socket.AF_UNIX) as connection:
            connection.settimeout(ANSWER_SECONDS)
            connection.connect(self._address)
            socket.send_fds(connection, [command.spec(None).encode()], [control, status])
            connection.shutdown(socket.SHUT_WR)
            answer = connection.recv(32)
        if not answer:
            raise ConnectionResetError("the nursery ended")
        return int(answer), _reaped_by_the_nursery


def _reaped_by_the_nursery(_seconds: float) -> None:
    """Nothing is left to wait for: the guard is the nursery's child."""
