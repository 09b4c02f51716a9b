"""`stack.json`: what runs under a data directory, for everybody who wants to talk to it."""

import json
import os
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path

from bdc_devkit.embedded.reaper import end_stale, same_process
from bdc_devkit.errors import StackError

FILE = "stack.json"
DASHBOARD = "dashboard"
TOKENS_VARIABLE = "BDC_IDENTITY_TOKENS"
TOKEN_VARIABLE = "BDC_IDENTITY_TOKEN"  # noqa: S105  (the name, not a token)
OPERATOR = "operator"


@dataclass(frozen=True, slots=True)
class ProcessRecord:
    """A process and its guard, each with the time at which it began, since process ids are used again."""

    name: str
    pid: int
    created: float | None
    guard_pid: int
    guard_created: float | None


@dataclass(frozen=True, slots=True)
class StackRecord:
    """A stack: its supervisor, its addresses (secrets in them: the file is for its owner only) and its processes."""

    pid: int
    created: float | None
    nats_url: str
    database_url: str
    service_urls: Mapping[str, str]
    ready: bool
    processes: tuple[ProcessRecord, ...] = ()
    identity_token: str = field(default="", repr=False)

    @property
    def alive(self) -> bool:
        """Tell whether its supervisor still runs."""
        return same_process(self.pid, self.created)

    @property
    def url(self) -> str | None:
        """The dashboard's address, if it has one."""
        return self.service_urls.get(DASHBOARD)

    def environment(self, data_dir: Path) -> dict[str, str]:
        """Return the variables with which a process works on this stack."""
        return {
            "BDC_NATS_URL": self.nats_url,
            "BDC_DATABASE_URL": self.database_url,
            "BDC_DATA_DIR": str(data_dir.absolute()),
            "BDC_SERVICE_URLS": json.dumps({k: v for k, v in self.service_urls.items() if k != DASHBOARD}),
            **self._tokens(),
        }

    def _tokens(self) -> dict[str, str]:
        """Return who may decide who is who: whoever started the stack, unless the environment names others."""
        if not self.identity_token or TOKENS_VARIABLE in os.environ:
            return {}
        return {TOKENS_VARIABLE: json.dumps({OPERATOR: self.identity_token}), TOKEN_VARIABLE: self.identity_token}

    def write(self, data_dir: Path) -> None:
        """Replace the record in one step, so that a reader never sees half of it."""
        draft = data_dir / f"{FILE}.{os.getpid()}"
        draft.touch(mode=0o600)
        draft.write_text(json.dumps(asdict(self), indent=2), encoding="utf-8")
        draft.replace(data_dir / FILE)


def read_record(data_dir: Path) -> StackRecord | None:
    """Return the record of the stack that was last up here; it may be dead (`alive`).

    Raises:
        StackError: the file is damaged.
    """
    try:
        data = json.loads((data_dir / FILE).read_text(encoding="utf-8"))
    except FileNotFoundError:
        return None
    except ValueError as error:
        raise StackError(f"{data_dir / FILE} is damaged ({error}): delete it and run `bdc up`") from error
    processes = tuple(ProcessRecord(**process) for process in data.pop("processes"))
    return StackRecord(**data, processes=processes)


def running_stack(data_dir: Path) -> StackRecord:
    """Return the record of the stack that is up here.

    Raises:
        StackError: none is.
    """
    record = read_record(data_dir)
    if record is None or not record.alive:
        raise StackError(f"Nothing is up in {data_dir}: start it with `bdc up`, or name its place with --data-dir")
    return record


def reap(record: StackRecord) -> list[str]:
    """End what a crashed stack left running; return the names of what was found."""
    found = []
    for process in record.processes:
        for pid, created in ((process.guard_pid, process.guard_created), (process.pid, process.created)):
            if end_stale(pid, created):
                found.append(process.name)
    return found


def forget(data_dir: Path) -> None:
    """Remove the record: nothing runs here any more."""
    (data_dir / FILE).unlink(missing_ok=True)
