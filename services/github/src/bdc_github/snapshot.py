"""What a collector knows of a repository between runs: its refs at one moment, and the step that it was about to take.

The cursor is written twice per run. Before the first event it names the snapshot that the run goes for (`intent`),
after the last acknowledgement that snapshot is `done`. A run that finds an intent repeats that very step first: same
events, same ids, same `observed_at`. So whatever a killed run may have published is either published again or, by the
next step, taken back.
"""

import asyncio
import json
from base64 import b85decode, b85encode
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any, Final

import zstandard
from bdc_chassis.archive import Archive
from bdc_chassis.errors import CommandError
from bdc_contracts.ids import digest

# About 1,500 refs; more go to the archive, and the cursor holds their reference.
INLINE_BYTES: Final = 48 * 1024
_ARCHIVED: Final = "sha256:"


@dataclass(frozen=True, slots=True)
class Snapshot:
    """The refs of a repository as observed at one moment; `id` names the moment in events."""

    id: str
    observed_at: datetime
    stats: bool
    name: str
    url: str
    default_branch: str | None = None
    commits: Mapping[str, str] = field(default_factory=dict)
    others: Mapping[str, str] = field(default_factory=dict)

    def tips(self) -> frozenset[str]:
        """Return the commits that refs point at."""
        return frozenset(self.commits.values())

    def refs(self) -> Mapping[str, str]:
        """Return all refs, those that lead to no commit included."""
        return {**self.others, **self.commits}

    def same_state(self, other: "Snapshot") -> bool:
        """Tell whether nothing but the time differs."""
        return self == replace(other, id=self.id, observed_at=self.observed_at)


@dataclass(frozen=True, slots=True)
class Position:
    """The cursor: the snapshot that is published whole, and the one that a run began to publish."""

    done: Snapshot | None = None
    intent: Snapshot | None = None


def take_snapshot(
    repository: str,
    last: Snapshot | None,
    *,
    commits: Mapping[str, str],
    others: Mapping[str, str],
    stats: bool,
    name: str,
    url: str,
    default_branch: str | None,
) -> Snapshot:
    """Return the snapshot of now, certainly later than `last` whatever the clock says."""
    now = datetime.now(UTC)
    if last and now <= last.observed_at:
        now = last.observed_at + timedelta(microseconds=1)
    refs = json.dumps([sorted(commits.items()), sorted(others.items())])
    identity = digest(repository, now.isoformat(), refs)
    return Snapshot(identity, now, stats, name, url, default_branch, commits, others)


async def load_position(cursor: Mapping[str, Any] | None, archive: Archive) -> Position:
    """Return the position that a cursor holds; none if its refs are in an archive that was lost."""
    stored = cursor or {}
    done, intent = stored.get("done"), stored.get("intent")
    try:
        return Position(
            await _load(done, archive) if done else None,
            await _load(intent, archive) if intent else None,
        )
    except CommandError:
        return Position()


async def save_position(position: Position, repository: str, archive: Archive) -> dict[str, Any]:
    """Return the cursor for a position; refs that are too many for it go to the archive."""
    return {
        name: await _save(snapshot, repository, archive)
        for name, snapshot in (("done", position.done), ("intent", position.intent))
        if snapshot
    }


async def _save(snapshot: Snapshot, repository: str, archive: Archive) -> dict[str, Any]:
    refs = json.dumps([dict(snapshot.commits), dict(snapshot.others)], separators=(",", ":")).encode()
    packed = b85encode(zstandard.compress(refs)).decode()
    if len(packed) > INLINE_BYTES:
        packed = await asyncio.to_thread(
            archive.put, refs, media_type="application/json", source=f"github/{repository}/refs"
        )
    return {
        "id": snapshot.id,
        "observed_at": snapshot.observed_at.isoformat(),
        "stats": snapshot.stats,
        "name": snapshot.name,
        "url": snapshot.url,
        "default_branch": snapshot.default_branch,
        "refs": packed,
    }


async def _load(stored: Mapping[str, Any], archive: Archive) -> Snapshot:
    packed = stored["refs"]
    if packed.startswith(_ARCHIVED):
        refs = await asyncio.to_thread(archive.get, packed)
    else:
        refs = zstandard.decompress(b85decode(packed))
    commits, others = json.loads(refs)
    return Snapshot(
        stored["id"],
        datetime.fromisoformat(stored["observed_at"]),
        stored["stats"],
        stored["name"],
        stored["url"],
        stored["default_branch"],
        commits,
        others,
    )
