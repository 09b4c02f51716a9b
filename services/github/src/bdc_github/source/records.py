"""What a commit is, as git prints it and before it is an event.

Named tuples, since a history has one of these per changed file and a frozen dataclass takes four times as long to
build.
"""

from datetime import datetime
from typing import NamedTuple


class Identity(NamedTuple):
    """Who and when; `at` is None where no calendar holds the date."""

    name: str
    email: str
    at: datetime | None


class FileChange(NamedTuple):
    """One changed file; `status` is a word of `bdc_contracts.FileStatus`, counts are None for binary files."""

    path: str
    status: str
    previous_path: str | None = None
    additions: int | None = None
    deletions: int | None = None
    binary: bool = False
    submodule: bool = False


class Trailer(NamedTuple):
    """A `Key: value` line at the end of a message; `name` and `email` where the value is a person."""

    key: str
    value: str
    name: str | None = None
    email: str | None = None


class Commit(NamedTuple):
    """One commit, decoded."""

    sha: str
    parents: tuple[str, ...]
    author: Identity
    committer: Identity
    message: str
    trailers: tuple[Trailer, ...]
    files: tuple[FileChange, ...]
