"""The commits of a mirror: the ids of what is new, then a streaming `git log` over them."""

import os
from collections.abc import AsyncGenerator, Callable, Iterable, Iterator, Sequence
from contextlib import aclosing
from itertools import islice
from pathlib import Path
from typing import IO, Final

from bdc_github.source.parser import parse_log
from bdc_github.source.pump import chunks, merged, stream
from bdc_github.source.records import Commit

BATCH_COMMITS: Final = 256
BATCH_FILES: Final = 20_000
BATCH_IDS: Final = 5_000
MANY_COMMITS: Final = 2_000
READERS: Final = min(2, os.cpu_count() or 1)

# sha, parents, declared charset, author, committer; git's own reading of the trailers, one a line; an empty line; the
# message. `raw` dates, since git dies of some others ("Timestamp before Unix epoch"), and the seconds apart, since it
# shows 0 for those too big.
FORMAT: Final = "%x1e%H%n%P%n%e%n%an%n%ae%n%at%n%ad%n%cn%n%ce%n%ct%n%cd%n%(trailers:only,unfold)%n%B"
_LOG: Final = (
    *("log", "--no-walk=unsorted", "--stdin", "-z", f"--format=tformat:{FORMAT}", "--date=raw"),
    *("--encoding=UTF-8", "--no-color", "--no-decorate", "--no-notes", "--no-mailmap", "--no-show-signature"),
)
# Merges show no files, as in a bare `git log`: what a merge brought in is what its parents' side says.
_STATS: Final = (
    *("--raw", "--numstat", "-M", "--no-abbrev", "--diff-merges=off", "--no-ext-diff", "--no-textconv"),
    *("--ignore-submodules=none", "--submodule=short"),
)


async def list_history(mirror: Path, tips: Iterable[str], hidden: Iterable[str] = ()) -> list[str]:
    """Return the ids of the commits that `tips` reach and `hidden` do not, newest first (80 bytes each in memory).

    Raises:
        CommandError: git cannot read the history.
    """
    return [sha async for batch in read_ids(mirror, tips, hidden) for sha in batch]


async def read_history(mirror: Path, ids: Sequence[str], *, stats: bool = True) -> AsyncGenerator[list[Commit], None]:
    """Yield the commits `ids` in batches, about in their order; without `stats` no files.

    Counting lines is nearly all of the work and git does it on one core, so that a long history is read by two of them.

    Raises:
        CommandError: git cannot read the history.
    """
    arguments = (*_LOG, *(_STATS if stats else ("--no-patch",)))
    readers = READERS if stats and len(ids) >= MANY_COMMITS else 1
    streams = [stream(mirror, arguments, part, _take_commits) for part in _deal(ids, readers) if part]
    async with aclosing(merged(streams)) as batches:
        async for batch in batches:
            yield batch


def _deal(ids: Sequence[str], hands: int) -> list[list[str]]:
    """Deal blocks of neighbours, which share most of their trees, to each reader in turn."""
    parts: list[list[str]] = [[] for _ in range(hands)]
    for number, start in enumerate(range(0, len(ids), BATCH_COMMITS)):
        parts[number % hands] += ids[start : start + BATCH_COMMITS]
    return parts


async def read_ids(mirror: Path, tips: Iterable[str], hidden: Iterable[str] = ()) -> AsyncGenerator[list[str], None]:
    """Yield the ids of the commits that `tips` reach and `hidden` do not, in batches.

    Raises:
        CommandError: git cannot read the history.
    """
    if lines := _revisions(tips, hidden):
        async for batch in stream(mirror, ("rev-list", "--stdin"), lines, _take_ids):
            yield batch


def take_batch(commits: Iterator[Commit]) -> list[Commit]:
    """Return the next commits, bounded by their number and by that of their files; empty at the end."""
    batch: list[Commit] = []
    files = 0
    for commit in commits:
        batch.append(commit)
        files += len(commit.files)
        if len(batch) >= BATCH_COMMITS or files >= BATCH_FILES:
            break
    return batch


def _revisions(tips: Iterable[str], hidden: Iterable[str]) -> list[str]:
    """Return the input of git; nothing without tips, since git would take HEAD for them."""
    shown = sorted(set(tips))
    return [*shown, *(f"^{sha}" for sha in sorted(set(hidden)))] if shown else []


def _take_commits(output: IO[bytes]) -> Callable[[], list[Commit]]:
    commits = parse_log(chunks(output))
    return lambda: take_batch(commits)


def _take_ids(output: IO[bytes]) -> Callable[[], list[str]]:
    return lambda: [line.decode().strip() for line in islice(output, BATCH_IDS)]
