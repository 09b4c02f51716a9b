"""Git's records as events: what one snapshot of a repository says, and what changed since another."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache

from bdc_contracts import (
    BranchAdvanced,
    BranchRemoved,
    CommitVanished,
    Handle,
    RepositoryRecollected,
    RepositorySeen,
    address_account,
)

from bdc_github.snapshot import Snapshot
from bdc_github.source.noreply import github_handles
from bdc_github.source.records import Commit, Identity

PLATFORM = "git"


@dataclass(frozen=True, slots=True)
class Step:
    """From the snapshot that is published to the next one.

    Without `before` the whole repository is published anew, and everything that was observed earlier is taken back.
    """

    repository: str
    before: Snapshot | None
    after: Snapshot

    def repository_seen(self) -> Iterator[RepositorySeen]:
        """Yield the repository itself, if anything about it changed."""
        before, after = self.before, self.after
        if before and (before.name, before.url, before.default_branch) == (after.name, after.url, after.default_branch):
            return
        yield RepositorySeen(
            repository=self.repository,
            name=after.name,
            url=after.url,
            default_branch=after.default_branch,
            observed_at=after.observed_at,
        )

    def moved(self) -> dict[str, str | None]:
        """Return the refs that are new or point elsewhere now, with where they pointed before."""
        held = self.before.refs() if self.before else {}
        return {ref: held.get(ref) for ref, sha in self.after.refs().items() if held.get(ref) != sha}

    def branch_advanced(self, ref: str, previous: str | None, *, forced: bool) -> BranchAdvanced:
        """Return the event of one moved ref."""
        return BranchAdvanced(
            repository=self.repository,
            ref=ref,
            sha=self.after.refs()[ref],
            previous_sha=previous,
            forced=forced,
            observed_at=self.after.observed_at,
        )

    def branches_removed(self) -> Iterator[BranchRemoved]:
        """Yield the refs that are gone."""
        held = self.before.refs() if self.before else {}
        for ref in held.keys() - self.after.refs().keys():
            yield BranchRemoved(repository=self.repository, ref=ref, sha=held[ref], observed_at=self.after.observed_at)

    def commit_vanished(self, sha: str) -> CommitVanished:
        """Return the event of a commit that no ref reaches any more."""
        after = self.after
        return CommitVanished(repository=self.repository, sha=sha, snapshot=after.id, observed_at=after.observed_at)

    def recollected(self) -> RepositoryRecollected:
        """Return the event that takes back everything observed before this snapshot."""
        after = self.after
        return RepositoryRecollected(repository=self.repository, snapshot=after.id, observed_at=after.observed_at)


def refs_by_commit(refs: Mapping[str, str]) -> dict[str, tuple[str, ...]]:
    """Return the names of the refs that point at each commit, sorted."""
    names: dict[str, list[str]] = {}
    for ref, sha in sorted(refs.items()):
        names.setdefault(sha, []).append(ref)
    return {sha: tuple(held) for sha, held in names.items()}


def people(commit: Commit) -> Iterable[Identity]:
    """Return everybody whom a commit names (author, committer, trailers), each with the moment at which it does."""
    at = commit.committer.at or commit.author.at
    yield commit.author
    if commit.committer != commit.author:
        yield commit.committer
    for trailer in commit.trailers:
        if trailer.email:
            yield Identity(trailer.name or "", trailer.email, at)


@lru_cache(maxsize=65_536)
def git_account(name: str, email: str) -> tuple[str, tuple[Handle, ...]]:
    """Return the account of a name and address on the platform `git`, and the GitHub account that the address tells."""
    return address_account(name, email), github_handles(email)
