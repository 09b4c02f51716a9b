"""A batch of submissions into the tables, as one transaction."""

import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

from bdc_chassis.store import copy_upsert
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from bdc_ingester.records import Submission
from bdc_ingester.rejection import Rejection
from bdc_ingester.store.logs import KnownLogs, log_digest, save_logs
from bdc_ingester.store.merging import CHANGED, Row, assignments, joined, revision, rounds
from bdc_ingester.store.tables import EXCERPT, KINDS, REJECTION, SUBMISSION, TABLES, Kind

_KNOWN: Final = text("SELECT digest, submitted_at FROM submission WHERE digest = ANY (:digests)")
_ONCE: Final = "false"


@dataclass(frozen=True, slots=True)
class Accepted:
    """A file that is valid; `submitted_ms` is when it was written, in milliseconds since 1970."""

    name: str
    submitted_ms: int
    submission: Submission
    logs: "LogsOfFile"

    @property
    def submitted_at(self) -> datetime:
        """Return when it was written."""
        return moment(self.submitted_ms)

    @property
    def revision(self) -> int:
        """Return its place among all submissions."""
        return revision(self.submitted_ms, self.submission.digest)

    def counts(self) -> dict[str, int]:
        """Return the number of its objects of each kind that it has."""
        numbers = {kind.plural: len(getattr(self.submission, kind.plural)) for kind in KINDS}
        return {name: number for name, number in numbers.items() if number}


@dataclass(frozen=True, slots=True)
class Refused:
    """A file that is not; `digest` is empty where it was not read."""

    name: str
    submitted_ms: int
    rejection: Rejection
    digest: str

    @property
    def submitted_at(self) -> datetime:
        """Return when it was written."""
        return moment(self.submitted_ms)


def shown(name: str) -> str:
    """Return a file's name as text; names of files are any bytes."""
    return os.fsencode(name).decode(errors="replace")


def moment(milliseconds: int) -> datetime:
    """Return a moment from milliseconds since 1970."""
    return datetime.fromtimestamp(milliseconds / 1000, UTC)


class LogsOfFile:
    """The long excerpts of one file by digest, which are stored apart from the objects that have them."""

    __slots__ = ("_names", "_threshold", "by_digest")

    def __init__(self, submission: Submission, threshold: int) -> None:
        self._threshold = threshold
        self._names: dict[str, str] = {}
        for kind in KINDS:
            if kind.has_log:
                for record in getattr(submission, kind.plural):
                    self._add(record.log_excerpt)
        self.by_digest = {digest: excerpt for excerpt, digest in self._names.items()}

    def apart(self, kind: Kind, records: Iterable[Row]) -> Iterator[Row]:
        """Yield records with one more field: the digest of a long excerpt, which is missing in its place then."""
        at, names = kind.fields.index(EXCERPT), self._names
        for record in records:
            excerpt = record[at]
            digest = names.get(excerpt) if excerpt else None
            yield (*record, None) if digest is None else (*record[:at], None, *record[at + 1 :], digest)

    def _add(self, excerpt: str | None) -> None:
        if excerpt and len(excerpt) > self._threshold and excerpt not in self._names:
            self._names[excerpt] = log_digest(excerpt)


async def save(
    tx: AsyncConnection,
    accepted: Sequence[Accepted],
    refused: Sequence[Refused],
    *,
    known_logs: KnownLogs,
    upload: bool,
) -> Mapping[str, int]:
    """Store files, and return when those that were stored before were submitted then: nothing of them is stored again.

    It is milliseconds by digest.
    """
    known = await _known(tx, accepted)
    new = {each.submission.digest: each for each in accepted if each.submission.digest not in known}
    files = list(new.values())
    logs: dict[str, str] = {}
    for each in files:
        logs |= {digest: log for digest, log in each.logs.by_digest.items() if digest not in known_logs}
    await save_logs(tx, logs, upload=upload)
    for kind in KINDS:
        await _save_kind(tx, kind, files)
    await copy_upsert(tx, SUBMISSION, [_submission_row(each) for each in files], key=("digest",), newer=_ONCE)
    await copy_upsert(tx, REJECTION, [_rejection_row(each) for each in refused], key=("name", "digest"), newer="true")
    return known


async def _known(tx: AsyncConnection, accepted: Sequence[Accepted]) -> Mapping[str, int]:
    digests = [each.submission.digest for each in accepted]
    rows = await tx.execute(_KNOWN, {"digests": digests}) if digests else ()
    return {row.digest: round(row.submitted_at.timestamp() * 1000) for row in rows}


async def _save_kind(tx: AsyncConnection, kind: Kind, files: Sequence[Accepted]) -> None:
    rows = [row for each in files for row in _rows(kind, each)]
    columns = (*kind.columns, "revision", "revisions")
    for part in rounds(kind, rows):
        await copy_upsert(
            tx,
            TABLES[kind.name],
            part,
            key=kind.key,
            columns=columns,
            newer=CHANGED,
            assign=assignments(kind),
        )


def _rows(kind: Kind, file: Accepted) -> Iterator[Row]:
    records: Iterable[Row] = joined(kind, getattr(file.submission, kind.plural))
    end = (file.revision, None)
    return ((*values, *end) for values in (file.logs.apart(kind, records) if kind.has_log else records))


def _submission_row(file: Accepted) -> Mapping[str, Any]:
    found = file.submission
    return {
        "digest": found.digest,
        "name": shown(file.name),
        "size": found.size,
        "version": found.version,
        "origins": list(found.origins),
        "counts": file.counts(),
        "submitted_at": file.submitted_at,
    }


def _rejection_row(file: Refused) -> Mapping[str, Any]:
    return {
        "name": shown(file.name),
        "digest": file.digest,
        "reason": str(file.rejection.reason),
        "error": file.rejection.error,
        "path": file.rejection.path,
        "version": file.rejection.version,
        "origins": list(file.rejection.origins),
        "submitted_at": file.submitted_at,
    }
