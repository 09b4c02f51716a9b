"""Patches that are sent by mail, as `git format-patch` and people write them: `[RFC PATCH net-next v2 3/7] Subject`."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from bdc_mailing.threads import base_subject

MAX_NUMBER: Final = 9999
COVER: Final = 0
"""The number of the letter that introduces a series."""

_LABEL = re.compile(r"\s*\[([^\]\n]{1,120})\]")
_NUMBER = re.compile(r"(\d{1,4})\s?(?:/|of)\s?(\d{1,4})", re.IGNORECASE)
_VERSION = re.compile(r"(?:patch)?v\.?(\d{1,3})", re.IGNORECASE)
_MARK = re.compile(r"patch|v\.?\d{1,3}$", re.IGNORECASE)
_HUNK = re.compile(r"@@ -\d{1,9}(?:,(\d{1,9}))? \+\d{1,9}(?:,(\d{1,9}))? @@")


@dataclass(frozen=True, slots=True)
class Diffstat:
    """What a patch changes."""

    files: int
    added: int
    removed: int


@dataclass(frozen=True, slots=True)
class Patch:
    """A patch or the cover letter of a series: number 0 of `total`; one alone is number 1 of 1."""

    version: int
    number: int
    total: int
    tags: tuple[str, ...]
    stat: Diffstat | None

    @property
    def is_cover(self) -> bool:
        """Whether it introduces a series and changes nothing."""
        return self.number == COVER


def patch_of(subject: str, text: str) -> Patch | None:
    """Return what a subject says of a patch, None for other mail and for answers to patches."""
    if "[" not in subject or base_subject(subject)[1]:
        return None
    for label in _labels(subject):
        numbered = _NUMBER.search(label)
        words = _NUMBER.sub(" ", label).replace(",", " ").split()
        is_patch = any(word.lower().startswith("patch") for word in words)
        if is_patch or numbered:
            stat = diffstat(text)
            if not is_patch and stat is None:
                continue
            number, total = (int(numbered[1]), int(numbered[2])) if numbered else (1, 1)
            version = next((int(found[1]) for word in words if (found := _VERSION.fullmatch(word))), 1)
            tags = tuple(word for word in words if not _MARK.match(word))
            return Patch(version, number, total, tags, stat) if number <= total and total else None
    return None


def diffstat(text: str) -> Diffstat | None:
    """Count the files and lines of the unified diffs in a text, None where there are none.

    A hunk's header says how many lines follow, so a signature's `-- ` is not taken for a removed one.
    """
    if "\n@@ -" not in text:
        return _without_hunks(text)
    files = added = removed = old = new = 0
    for line in text.split("\n"):
        if old > 0 or new > 0:
            sign = line[:1]
            added += sign == "+"
            removed += sign == "-"
            old -= sign in {"-", " ", ""}
            new -= sign in {"+", " ", ""}
        elif line.startswith("+++ "):
            files += 1
        elif line.startswith("@@ -") and (hunk := _HUNK.match(line)):
            old, new = (1 if count is None else int(count) for count in hunk.groups())
    return Diffstat(files, added, removed)


def _without_hunks(text: str) -> Diffstat | None:
    """Renames, changed modes and binary files have no hunks."""
    files = text.count("\ndiff --git ") + text.startswith("diff --git ")
    return Diffstat(files, 0, 0) if files else None


def _labels(subject: str) -> Iterable[str]:
    position = 0
    while label := _LABEL.match(subject, position):
        yield label[1]
        position = label.end()


@dataclass(frozen=True, slots=True)
class Member:
    """A patch of a thread: its message, the message it answers, and what it is."""

    key: str
    node_id: str
    parent: str | None
    author: str
    patch: Patch


def series_of(members: Sequence[Member]) -> list[list[Member]]:
    """Divide the patches of a thread into series, each in order of its numbers.

    Patches of one series answer its cover letter, its first patch, or each other; versions of a series, and a series
    that is sent again, answer something else.
    """
    by_node = {member.node_id: member for member in members}
    found: dict[tuple[str, object], list[Member]] = {}
    for member in members:
        first = _first(member, by_node)
        found.setdefault((first.node_id, _kind(first)), []).append(member)
    return [sorted(series, key=lambda member: (member.patch.number, member.key)) for series in found.values()]


def _first(member: Member, by_node: dict[str, Member]) -> Member:
    """Go up from answer to answer as long as they are of one series."""
    passed = {member.node_id}
    while member.patch.number != COVER and member.parent is not None:
        above = by_node.get(member.parent)
        if above is None or above.node_id in passed or _kind(above) != _kind(member):
            break
        passed.add(above.node_id)
        member = above
    return member


def _kind(member: Member) -> tuple[str, int, int]:
    return member.author, member.patch.version, member.patch.total
