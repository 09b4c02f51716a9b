"""Reads a public-inbox: mail in a git repository, where every commit brings a message or takes one away.

Version 2 keeps the current message in the file `m` and one that is taken away in `d`; version 1 keeps each message in a
file of its own, named by a hash (`2/38` digits).
"""

import re
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path
from tempfile import TemporaryFile
from typing import IO, Final, NamedTuple

from bdc_chassis.errors import CommandError
from bdc_chassis.git import environment

from bdc_mailing.source.message_file import read_message
from bdc_mailing.source.raw import MAX_MESSAGE_BYTES, RawMessage

_ASKED_AT_ONCE: Final = 256
"""Ids of this many objects, twice, fit any pipe, so git never waits for us while we wait for git."""
_STEP_BYTES: Final = 1 << 20
_FILE_OF_V1: Final = re.compile(rb"[0-9a-f]{2}/[0-9a-f]{38}")
_COMMIT: Final = b"\0"
# A pack is mapped as a whole by default, and the memory of git grows with the archive; this costs no time.
_FLAT: Final = ("core.packedGitWindowSize=1m", "core.packedGitLimit=16m", "core.deltaBaseCacheLimit=8m")
_LOG: Final = ("log", "--reverse", "--raw", "--no-abbrev", "--no-renames", "--root", "--format=%x00%H %ct")


class Change(NamedTuple):
    """What a commit does with one message, which is the object `blob`."""

    commit: str
    at: datetime
    blob: str
    removes: bool


class Found(NamedTuple):
    """A change with its message; None where the repository lacks the object."""

    change: Change
    message: RawMessage | None


def changes(repository: Path, *revisions: str) -> Iterator[Change]:
    """Yield what the commits of a range do, the oldest first.

    Raises:
        CommandError: git cannot read the repository.
    """
    # In a file, since git would keep the whole history in memory until the last message was read.
    with TemporaryFile() as listing:
        with _git(repository, *_LOG, *revisions, "--", stdout=listing) as process:
            process.wait()
        listing.seek(0)
        commit, at = "", datetime.fromtimestamp(0, UTC)
        for line in listing:
            if line.startswith(_COMMIT):
                name, _, seconds = line[1:].partition(b" ")
                commit, at = name.decode(), datetime.fromtimestamp(int(seconds), UTC)
            elif line.startswith(b":"):
                yield from _changes_of_line(line.rstrip(b"\n"), commit, at)


def head(repository: Path) -> str | None:
    """Return the newest commit, None in an empty repository."""
    return _asked(repository, "rev-parse", "--verify", "--quiet", "HEAD^{commit}")


def is_ancestor(repository: Path, commit: str, of: str) -> bool | None:
    """Tell whether history goes on from `commit`; None where the repository does not have it any more."""
    if _asked(repository, "rev-parse", "--verify", "--quiet", f"{commit}^{{commit}}") is None:
        return None
    return _asked(repository, "merge-base", "--is-ancestor", commit, of) is not None


def messages(repository: Path, found: Iterator[Change]) -> Iterator[Found]:
    """Yield the message of every change, in their order; one batch is asked for while another is read.

    Raises:
        CommandError: git cannot read the repository.
    """
    with _git(repository, "cat-file", "--batch") as process:
        pending = _ask(process, found)
        while pending:
            following = _ask(process, found)
            for change in pending:
                yield Found(change, _message(_stdout(process), change))
            pending = following


def _changes_of_line(line: bytes, commit: str, at: datetime) -> Iterator[Change]:
    """Yield what a line says: `:<mode> <mode> <old> <new> <status>`, a tab, the path."""
    facts, _, path = line.partition(b"\t")
    _, _, old, new, status = facts.decode().split(" ")
    if path in {b"m", b"d"}:
        if status != "D":
            yield Change(commit, at, new, removes=path == b"d")
    elif _FILE_OF_V1.fullmatch(path):
        if status != "D":
            yield Change(commit, at, new, removes=False)
        if status != "A":
            yield Change(commit, at, old, removes=True)


def _ask(process: "subprocess.Popen[bytes]", found: Iterator[Change]) -> Sequence[Change]:
    batch = list(islice(found, _ASKED_AT_ONCE))
    if batch and process.stdin is not None:
        process.stdin.write(b"".join(change.blob.encode() + b"\n" for change in batch))
        process.stdin.flush()
    return batch


def _message(stream: IO[bytes], change: Change) -> RawMessage | None:
    facts = stream.readline().split()
    if len(facts) != 3:  # noqa: PLR2004  (<id> <type> <size>, or <id> missing)
        return None
    size = int(facts[2])
    data = stream.read(min(size, MAX_MESSAGE_BYTES + 1))
    for start in range(len(data), size, _STEP_BYTES):
        stream.read(min(_STEP_BYTES, size - start))
    stream.read(1)
    return read_message(data)._replace(archived_at=change.at)


@contextmanager
def _git(
    repository: Path, *arguments: str, stdout: int | IO[bytes] = subprocess.PIPE
) -> Iterator["subprocess.Popen[bytes]"]:
    """Run git for the length of the block."""
    options = (word for setting in (f"safe.directory={repository}", *_FLAT) for word in ("-c", setting))
    command = ("git", *options, "-C", str(repository), *arguments)
    try:
        process = subprocess.Popen(  # noqa: S603  (no shell, and every argument is ours or behind an option)
            command,
            env=environment(),
            stdin=subprocess.PIPE,
            stdout=stdout,
            stderr=subprocess.DEVNULL,
            bufsize=_STEP_BYTES,
            start_new_session=True,
        )
    except FileNotFoundError:
        raise CommandError("git is not installed, or not on the PATH: install git 2.30 or newer") from None
    try:
        yield process
        if process.stdin is not None:
            process.stdin.close()
        if process.wait():
            raise CommandError(f"git cannot read {repository.name}: see that it is a repository, and whole (git fsck)")
    finally:
        process.kill()
        process.wait()
        for stream in (process.stdin, process.stdout):
            if stream is not None:
                stream.close()


def _asked(repository: Path, *arguments: str) -> str | None:
    """Return what git prints, None where it says no."""
    command = ("git", "-c", f"safe.directory={repository}", "-C", str(repository), *arguments)
    done = subprocess.run(command, env=environment(), capture_output=True, check=False)  # noqa: S603  (as above)
    return done.stdout.decode().strip() if done.returncode == 0 else None


def _stdout(process: "subprocess.Popen[bytes]") -> IO[bytes]:
    if process.stdout is None:
        raise AssertionError("git is always started with pipes")
    return process.stdout
