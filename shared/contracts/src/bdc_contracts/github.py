"""Repositories, branches and commits, from any git transport."""

from datetime import datetime
from enum import StrEnum
from typing import ClassVar

from bdc_contracts.event import EPOCH, Event, Record


class FileStatus(StrEnum):
    """What a commit did to a file; git's status letters in words."""

    ADDED = "added"
    COPIED = "copied"
    DELETED = "deleted"
    MODIFIED = "modified"
    RENAMED = "renamed"
    TYPE_CHANGED = "type_changed"
    UNMERGED = "unmerged"
    UNKNOWN = "unknown"


class Signature(Record):
    """Who and when, as git records it; `at` is None where the date is outside what a calendar can hold."""

    name: str = ""
    email: str = ""
    at: datetime | None = None


class Trailer(Record):
    """One `Key: value` line at the end of a message; `name` and `email` where the value holds a person."""

    key: str
    value: str
    name: str | None = None
    email: str | None = None


class CommitFile(Record):
    r"""One changed file. `path` is UTF-8, with bytes that are not as `\xNN` escapes.

    `additions` and `deletions` are None where git gives none (binary files, `--no-stats`).
    """

    path: str
    status: str = FileStatus.MODIFIED
    previous_path: str | None = None
    additions: int | None = None
    deletions: int | None = None
    binary: bool = False
    submodule: bool = False


class RepositorySeen(Event):
    """`github.repository.seen`: the repository exists, at this address, with this default branch."""

    DOMAIN: ClassVar[str] = "github"
    ENTITY: ClassVar[str] = "repository"
    ACTION: ClassVar[str] = "seen"

    repository: str
    name: str
    url: str
    default_branch: str | None = None
    observed_at: datetime
    visibility: str = "public"

    def event_key(self) -> str:
        return self.repository

    def event_version(self) -> str:
        # With the time: a default branch that changes and changes back is a third fact, not the first one again.
        return f"{self.name}\n{self.url}\n{self.default_branch}\n{self.visibility}\n{self.observed_at.isoformat()}"

    def event_time(self) -> datetime:
        return self.observed_at


class RepositoryRecollected(Event):
    """`github.repository.recollected`: the whole history was published anew under `snapshot`; all else is gone.

    Every ref and commit of the repository that was last observed before `observed_at` is not there any more. This is
    how a collector tells the truth when it cannot know what exactly vanished: on its first run, or without its mirror
    or its cursor.
    """

    DOMAIN: ClassVar[str] = "github"
    ENTITY: ClassVar[str] = "repository"
    ACTION: ClassVar[str] = "recollected"

    repository: str
    snapshot: str
    observed_at: datetime

    def event_key(self) -> str:
        return self.repository

    def event_version(self) -> str:
        return self.snapshot

    def event_time(self) -> datetime:
        return self.observed_at


class BranchAdvanced(Event):
    """`github.branch.advanced`: a ref (branch or tag) points at `sha`; `previous_sha` is None for a new one."""

    DOMAIN: ClassVar[str] = "github"
    ENTITY: ClassVar[str] = "branch"
    ACTION: ClassVar[str] = "advanced"

    repository: str
    ref: str
    sha: str
    previous_sha: str | None = None
    forced: bool = False
    observed_at: datetime

    def event_key(self) -> str:
        return f"{self.repository}\n{self.ref}"

    def event_version(self) -> str:
        # With the time: a ref can go from A to B, back, and to B again.
        return f"{self.previous_sha}..{self.sha}@{self.observed_at.isoformat()}"

    def event_time(self) -> datetime:
        return self.observed_at


class BranchRemoved(Event):
    """`github.branch.removed`: a ref that pointed at `sha` is gone."""

    DOMAIN: ClassVar[str] = "github"
    ENTITY: ClassVar[str] = "branch"
    ACTION: ClassVar[str] = "removed"

    repository: str
    ref: str
    sha: str
    observed_at: datetime

    def event_key(self) -> str:
        return f"{self.repository}\n{self.ref}"

    def event_version(self) -> str:
        return f"{self.sha}@{self.observed_at.isoformat()}"

    def event_time(self) -> datetime:
        return self.observed_at


class CommitFetched(Event):
    """`github.commit.fetched`: a commit is reachable from a collected ref, with all that git says of it.

    `snapshot` names the state of the refs that it was collected under and when that was seen: a run that is repeated
    after a crash publishes the same ids, and a commit that vanished and came back is a new fact. `observed_at` orders
    those facts.
    `files` are against the parent; a merge has none, as in a bare `git log`. Without `stats` no files are listed.
    """

    DOMAIN: ClassVar[str] = "github"
    ENTITY: ClassVar[str] = "commit"
    ACTION: ClassVar[str] = "fetched"

    repository: str
    sha: str
    snapshot: str
    observed_at: datetime
    parents: tuple[str, ...] = ()
    author: Signature
    committer: Signature
    message: str = ""
    refs: tuple[str, ...] = ()
    trailers: tuple[Trailer, ...] = ()
    files: tuple[CommitFile, ...] = ()
    stats: bool = True
    visibility: str = "public"

    def event_key(self) -> str:
        return f"{self.repository}\n{self.sha}"

    def event_version(self) -> str:
        return f"{self.snapshot}{'' if self.stats else '-nostats'}"

    def event_time(self) -> datetime:
        return self.committer.at or EPOCH


class CommitVanished(Event):
    """`github.commit.vanished`: no collected ref reaches the commit any more (force push, deleted branch)."""

    DOMAIN: ClassVar[str] = "github"
    ENTITY: ClassVar[str] = "commit"
    ACTION: ClassVar[str] = "vanished"

    repository: str
    sha: str
    snapshot: str
    observed_at: datetime

    def event_key(self) -> str:
        return f"{self.repository}\n{self.sha}"

    def event_version(self) -> str:
        return self.snapshot

    def event_time(self) -> datetime:
        return self.observed_at
