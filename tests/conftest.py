"""Small, deterministic input for the tests that cross services: a git repository and a mail archive."""

import os
import subprocess
from pathlib import Path

import pytest

PEOPLE = (
    ("Ann Lee", "ann@example.org"),
    ("Ben Ode", "ben@example.net"),
    ("ann", "ann@example.org"),
    ("Chidi Ng", "12345+chidi@users.noreply.github.com"),
)
MESSAGE = """From {address} {stamp}
From: {name} <{address}>
To: list@lists.example.org
Date: {date}
Message-ID: <{number}.{address}>
{reply}Subject: Allocators, part {number}

The allocator of container {number} is taken by value.

> and quoted text is not searched

--\x20
{name}
"""


def git(repository: Path, *arguments: str, **environment: str) -> str:
    """Run git in `repository`, untouched by the configuration of the machine."""
    clean = {"PATH": os.environ["PATH"], "HOME": str(repository), "GIT_CONFIG_NOSYSTEM": "1", **environment}
    command = ["git", "-C", str(repository), *arguments]
    return subprocess.run(command, check=True, capture_output=True, text=True, env=clean).stdout


def commit(repository: Path, number: int) -> None:
    """Add one commit by one of the people, at a time that only depends on `number`."""
    name, email = PEOPLE[number % len(PEOPLE)]
    (repository / f"file{number % 7}.txt").write_text(f"line {number}\n" * (number % 5 + 1))
    stamp = f"{1_700_000_000 + number * 3600} +0100"
    git(repository, "add", ".")
    git(
        repository,
        *("commit", "-q", "--allow-empty", "-m", f"Teach the parser rule {number}\n\nBecause of allocators."),
        GIT_AUTHOR_NAME=name,
        GIT_AUTHOR_EMAIL=email,
        GIT_AUTHOR_DATE=stamp,
        GIT_COMMITTER_NAME=name,
        GIT_COMMITTER_EMAIL=email,
        GIT_COMMITTER_DATE=stamp,
    )


def message(number: int) -> str:
    """Return one message of the archive, in mbox form."""
    name, address = PEOPLE[number % 3]
    reply = f"In-Reply-To: <{number - 1}.{PEOPLE[(number - 1) % 3][1]}>\n" if number % 4 else ""
    day = number % 28 + 1
    return MESSAGE.format(
        name=name,
        address=address,
        number=number,
        reply=reply,
        stamp=f"Mon Jan {day:2} 10:00:00 2024",
        date=f"{day} Jan 2024 10:00:00 +0000",
    )


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    """A repository of 40 commits by three people."""
    path = tmp_path / "history"
    path.mkdir()
    git(path, "init", "-q", "-b", "main")
    for number in range(40):
        commit(path, number)
    return path


@pytest.fixture
def archive(tmp_path: Path) -> Path:
    """An mbox of 60 messages by two people, both of whom also commit."""
    path = tmp_path / "list.mbox"
    path.write_text("\n".join(map(message, range(60))))
    return path
