"""What the demo collects; wrong input is told apart before anything is started."""

import gzip
import os
import re
import subprocess
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from bdc_chassis.errors import CommandError

from bdc_devkit.demo.generated import LIST_ADDRESS, generated_archive, generated_repository

GIT = ("git", "-c", "safe.directory=*")
GIT_SECONDS = 30.0
HEAD_BYTES = 256 * 1024
MBOX_SUFFIXES = (".gz", ".mbox", ".mbx")
_URL = re.compile(r"[a-z][a-z0-9+.-]*://|[^/\s:]+@[^/\s:]+:", re.IGNORECASE)
_LIST_HEADER = re.compile(
    rb"^(?:List-Post:\s*<mailto:([^>?\s]+@[^>?\s]+)|X-Mailing-List:\s*<?([^>\s]+@[^>\s]+))",
    re.IGNORECASE | re.MULTILINE,
)


@dataclass(frozen=True, slots=True)
class MailArchive:
    """An archive and the list that its messages were sent to."""

    path: Path
    list_address: str


@dataclass(frozen=True, slots=True)
class DemoInputs:
    """Repositories (URLs or paths) and mail archives; `notes` say what was done in place of what is not there."""

    repositories: tuple[str, ...]
    archives: tuple[MailArchive, ...]
    notes: tuple[str, ...] = ()


def choose_inputs(
    repositories: Sequence[str], mboxes: Sequence[Path], data_dir: Path, *, only_given: bool = False
) -> DemoInputs:
    """Return what the caller named, and unless `only_given` this checkout's history and the samples beside the project.

    Raises:
        CommandError: something that the caller named cannot be read, or only that is wanted and there is nothing.
    """
    named = [_checked_repository(repository) for repository in repositories]
    archives = [_checked_archive(path) for path in mboxes]
    if only_given:
        if not named and not archives:
            raise CommandError("--only-given needs something to collect: add --repo or --mbox")
        return DemoInputs(tuple(dict.fromkeys(named)), tuple(dict.fromkeys(archives)))
    return _with_samples(named, archives, data_dir)


def _with_samples(named: list[str], archives: list[MailArchive], data_dir: Path) -> DemoInputs:
    notes: list[str] = []
    checkout = own_checkout()
    if checkout is None:
        notes.append("This is not a git repository with commits, so a small one is generated.")
        named.insert(0, str(generated_repository(data_dir / "demo")))
    else:
        named.insert(0, str(checkout))
    samples = [_checked_archive(path) for path in sample_archives()]
    if not samples:
        notes.append("There is no ../shared/data/mail, so a small mail archive is generated.")
        samples = [MailArchive(generated_archive(data_dir / "demo"), LIST_ADDRESS)]
    return DemoInputs(tuple(dict.fromkeys(named)), tuple(dict.fromkeys([*samples, *archives])), tuple(notes))


def own_checkout() -> Path | None:
    """Return the work tree that holds this module, if it is a git repository with at least one commit."""
    place = Path(__file__).resolve().parent
    root = _git(["-C", str(place), "rev-parse", "--show-toplevel"])
    if root is None or _git(["-C", root, "rev-parse", "--verify", "HEAD"]) is None:
        return None
    return Path(root)


def sample_archives() -> list[Path]:
    """Return the mail archives that lie beside the project."""
    project = Path(__file__).resolve().parents[5]
    return sorted((project.parent / "shared" / "data" / "mail").glob("*.mbox.gz"))


def list_address(path: Path) -> str:
    """Return the list that the headers at the archive's beginning name, else an address made of the file's name.

    Archives from before List-Post have it among the recipients, usually under the name that the file has.
    """
    stem = path.resolve().name
    for suffix in MBOX_SUFFIXES:
        stem = stem.removesuffix(suffix)
    head = _head(path) if path.is_file() else b""
    named = [match[0] or match[1] for match in _LIST_HEADER.findall(head)]
    found: list[bytes] = named or re.findall(rb"\b" + re.escape(stem.encode()) + rb"@[\w.-]+\.\w+", head)
    if found:
        return max(found, key=found.count).decode("ascii", "replace").lower()
    return f"{re.sub('[^a-z0-9._-]+', '-', stem.lower()) or 'list'}@archive.invalid"


def _checked_repository(repository: str) -> str:
    if _URL.match(repository):
        if urlsplit(repository).password:
            raise CommandError(
                f"The address {repository} holds a password, which every user of this machine can read while git runs:"
                " leave it out and set BDC_GITHUB_TOKEN"
            )
        if (problem := _git_problem(["ls-remote", "--heads", "--", repository])) is not None:
            raise CommandError(
                f"The repository {repository} cannot be read ({problem}): check the address and the network"
            )
        return repository
    path = Path(repository).expanduser()
    if not path.exists():
        raise CommandError(f"There is no repository at {repository}: give the path of a git repository or a URL")
    if (problem := _git_problem(["-C", str(path), "rev-parse", "--git-dir"])) is not None:
        raise CommandError(f"{repository} is not a git repository ({problem})")
    return str(path.resolve())


def _checked_archive(path: Path) -> MailArchive:
    try:
        if path.is_dir():
            next(path.iterdir(), None)
        else:
            _head(path)
    except FileNotFoundError as error:
        raise CommandError(f"There is no mail archive at {path}") from error
    except (OSError, EOFError) as error:
        raise CommandError(f"The mail archive {path} cannot be read: {error.args[-1]}") from error
    return MailArchive(path.resolve(), list_address(path))


def _head(path: Path) -> bytes:
    with path.open("rb") as raw:
        packed = raw.read(2) == b"\x1f\x8b"
        raw.seek(0)
        if packed:
            with gzip.open(raw) as unpacked:
                return unpacked.read(HEAD_BYTES)
        return raw.read(HEAD_BYTES)


def _git(arguments: Iterable[str]) -> str | None:
    done = _run_git(arguments)
    return done.stdout.strip() if done is not None and done.returncode == 0 else None


def _git_problem(arguments: Iterable[str]) -> str | None:
    done = _run_git(arguments)
    if done is None:
        return f"git did not answer within {GIT_SECONDS:.0f} s"
    return None if done.returncode == 0 else (done.stderr.strip().splitlines() or ["git failed"])[-1]


def _run_git(arguments: Iterable[str]) -> subprocess.CompletedProcess[str] | None:
    environment = {**os.environ, "GIT_TERMINAL_PROMPT": "0", "LC_ALL": "C", "GIT_SSH_COMMAND": "ssh -oBatchMode=yes"}
    try:
        return subprocess.run(  # noqa: S603  (git, with arguments that are paths and addresses)
            [*GIT, *arguments],
            capture_output=True,
            text=True,
            timeout=GIT_SECONDS,
            check=False,
            env=environment,
            stdin=subprocess.DEVNULL,
        )
    except subprocess.TimeoutExpired:
        return None
    except FileNotFoundError as error:
        raise CommandError("git is not installed: install git 2.30 or newer (`bdc doctor`)") from error
