"""A small history and a small mail archive, the same every time, for where there is nothing real to collect."""

import os
import subprocess
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from email.utils import format_datetime
from pathlib import Path
from typing import Final

LIST_ADDRESS: Final = "developers@lists.example.org"
BEGIN: Final = datetime(2024, 3, 4, 9, 0, tzinfo=UTC)
PEOPLE: Final = (
    ("Ann Lee", "ann@example.org"),
    ("Bert Kowalski", "bert@example.net"),
    ("Chiara Rossi", "chiara@example.com"),
)
WORK: Final = (
    (
        "Flush the cache before the page is shared",
        "The cache kept stale lines: before a page is shared, a flush is missing.",
    ),
    ("Retry a refused connection with jitter", "All clients came back at once after a restart."),
    ("Document how to run the tests", "New contributors asked for it."),
    ("Count bytes, not characters", "Umlauts broke the length check."),
    ("Read the configuration once", "It was parsed for every request."),
    ("Close files that a failed upload left open", "The server ran out of descriptors after a day."),
)


def generated_repository(directory: Path) -> Path:
    """Return a git repository with one commit per piece of work, made at the first call."""
    repository = directory / "repository"
    if (repository / ".git" / "demo-complete").exists():
        return repository
    repository.mkdir(parents=True, exist_ok=True)
    _git(repository, BEGIN, PEOPLE[0], "init", "--quiet", "--initial-branch=main")
    for number, (subject, reason) in enumerate(WORK):
        moment, person = BEGIN + timedelta(days=number), PEOPLE[number % len(PEOPLE)]
        (repository / f"part{number}.txt").write_text(f"{subject}\n", encoding="utf-8")
        _git(repository, moment, person, "add", ".")
        _git(repository, moment, person, "commit", "--quiet", "--allow-empty", "-m", f"{subject}\n\n{reason}")
    (repository / ".git" / "demo-complete").touch()
    return repository


def generated_archive(directory: Path) -> Path:
    """Return an mbox in which every piece of work is proposed and answered."""
    directory.mkdir(parents=True, exist_ok=True)
    path = directory / "developers.mbox"
    parts = [message for number in range(len(WORK)) for message in _thread(number)]
    path.write_bytes(b"".join(parts))
    return path


def _thread(number: int) -> list[bytes]:
    subject, reason = WORK[number]
    moment = BEGIN + timedelta(days=number, hours=-2)
    author, reader = PEOPLE[number % len(PEOPLE)], PEOPLE[(number + 1) % len(PEOPLE)]
    first, second = f"<{number}.proposal@example.org>", f"<{number}.answer@example.org>"
    answer = f"On {moment:%d %B}, {author[0]} wrote:\n> {reason}\n\nAgreed, that is a real problem. Please apply.\n"
    return [
        _message(author, f"[PATCH] {subject}", f"{reason}\n\nI propose: {subject.lower()}.\n", moment, identity=first),
        _message(reader, f"Re: [PATCH] {subject}", answer, moment + timedelta(hours=1), identity=second, parent=first),
    ]


def _message(
    sender: tuple[str, str], subject: str, text: str, moment: datetime, *, identity: str, parent: str | None = None
) -> bytes:
    message = EmailMessage()
    message["From"] = f"{sender[0]} <{sender[1]}>"
    message["To"] = LIST_ADDRESS
    message["Subject"] = subject
    message["Date"] = format_datetime(moment)
    message["Message-ID"] = identity
    if parent:
        message["In-Reply-To"] = parent
        message["References"] = parent
    message.set_content(text)
    return f"From {sender[1]} {moment:%a %b %d %H:%M:%S %Y}\n".encode() + message.as_bytes() + b"\n"


def _git(repository: Path, moment: datetime, person: tuple[str, str], *arguments: str) -> None:
    signature = {"NAME": person[0], "EMAIL": person[1], "DATE": moment.isoformat()}
    roles = {f"GIT_{role}_{field}": signature[field] for role in ("AUTHOR", "COMMITTER") for field in signature}
    isolated = {"GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_NOSYSTEM": "1"}
    subprocess.run(  # noqa: S603  (git, with our own arguments)
        ["git", "-c", "safe.directory=*", "-C", str(repository), *arguments],  # noqa: S607
        check=True,
        capture_output=True,
        env={**os.environ, **roles, **isolated},
    )
