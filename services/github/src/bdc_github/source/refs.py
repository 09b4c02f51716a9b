"""The refs of a mirror: branches, tags (peeled to their commits) and all others."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from bdc_chassis.git import GitFailed, environment, git

from bdc_github.source.charset import escape_path

OWN_REFS: Final = "refs/bdc/"
DETACHED: Final = f"{OWN_REFS}HEAD"
HEAD: Final = "HEAD"

_FORMAT: Final = "%(objectname) %(objecttype) %(refname)"


@dataclass(frozen=True, slots=True)
class Refs:
    """Every ref by name: those that lead to a commit with its id, the others with the id of what they point at."""

    commits: Mapping[str, str]
    others: Mapping[str, str]

    def tips(self) -> frozenset[str]:
        """Return the commits that refs point at."""
        return frozenset(self.commits.values())


async def read_refs(mirror: Path) -> Refs:
    """Return the refs of a mirror; a detached HEAD of its origin counts as the ref `HEAD`."""
    listing = await git("-C", str(mirror), "for-each-ref", f"--format={_FORMAT}", env=environment())
    rows = [line.split(b" ", 2) for line in listing.splitlines()]
    targets = {name: objectname.decode() for objectname, kind, name in rows if kind == b"commit"}
    tags = {name: objectname.decode() for objectname, kind, name in rows if kind == b"tag"}
    peeled = await peel(mirror, tags.values())
    for name, tag in tags.items():
        if commit := peeled.get(tag):
            targets[name] = commit
    commits = {_shown(name): sha for name, sha in targets.items() if _collected(name)}
    others = {
        escape_path(name): objectname.decode()
        for objectname, _, name in rows
        if name not in targets and _collected(name)
    }
    return Refs(commits, others)


async def peel(mirror: Path, objects: Iterable[str]) -> dict[str, str]:
    """Return object → commit for those of `objects` that the mirror has and that lead to a commit."""
    wanted = list(dict.fromkeys(objects))
    if not wanted:
        return {}
    asked = "".join(f"{name}^{{commit}}\n" for name in wanted).encode()
    answer = await git(
        "-C", str(mirror), "cat-file", "--batch-check=%(objectname) %(objecttype)", env=environment(), stdin=asked
    )
    return dict(_answered(wanted, answer.decode("utf-8", "replace").splitlines()))


def _answered(wanted: list[str], lines: list[str]) -> Iterator[tuple[str, str]]:
    for name, line in zip(wanted, lines, strict=True):
        objectname, _, kind = line.partition(" ")
        if kind == "commit":
            yield name, objectname


def _collected(name: bytes) -> bool:
    return name == DETACHED.encode() or not name.startswith(OWN_REFS.encode())


def _shown(name: bytes) -> str:
    return HEAD if name == DETACHED.encode() else escape_path(name)


async def is_ancestor(mirror: Path, older: str, newer: str) -> bool:
    """Tell whether `newer` reaches `older`, so that going from one to the other is no rewriting of history."""
    try:
        await git("-C", str(mirror), "merge-base", "--is-ancestor", older, newer, env=environment())
    except GitFailed:
        return False
    return True
