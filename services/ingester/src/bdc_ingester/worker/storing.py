"""Batches into the database: whoever is at fault, everybody else's files go through."""

import asyncio
import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Final

from bdc_chassis.errors import classify, is_transient, sentence
from bdc_chassis.forgetting import ForgottenPeople, Redactor
from bdc_contracts import DocumentChanged, DocumentRemoved, ErrorCategory
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from bdc_ingester.documents import documents_for
from bdc_ingester.rejection import shortened
from bdc_ingester.source import Reason, Rejection
from bdc_ingester.store.logs import KnownLogs
from bdc_ingester.store.submissions import Accepted, Refused, save
from bdc_ingester.worker.patience import Patience
from bdc_ingester.worker.reading import Batch

STORE_SECONDS: Final = 120.0
# What nobody understands may be the surroundings' fault: it gets as many tries before the file is to blame.
TRIES: Final = 3

log = logging.getLogger(__name__)


@dataclass(slots=True)
class Stored:
    """Files whose rows are committed, and what is to be published for them; `known` are digests of former ones."""

    accepted: list[Accepted] = field(default_factory=list)
    refused: list[Refused] = field(default_factory=list)
    documents: list[DocumentChanged | DocumentRemoved] = field(default_factory=list)
    known: set[str] = field(default_factory=set)
    vanished: int = 0


class ForgottenMeanwhile(Exception):  # noqa: N818  (says what happened)
    """Somebody was forgotten since the files were read: they have to be read again, without them."""


class Storage:
    """Commits batches; `patience` says how long to wait for a database that is away, for as long as it takes."""

    def __init__(self, engine: AsyncEngine, patience: Patience, *, log_cache: int, upload: bool) -> None:
        self._engine = engine
        self._patience = patience
        self._known_logs = KnownLogs(log_cache)
        self._upload = upload
        self._forgotten = ForgottenPeople()
        self.redactor: Redactor | None = None

    async def store(self, batch: Batch) -> Stored:
        """Commit a batch; a file that the database does not take is refused, and the others are stored without it.

        Raises:
            ForgottenMeanwhile: `redactor` is another now, with which the files are to be read.
        """
        stored = Stored(vanished=batch.vanished)
        pending = [batch.accepted] if batch.accepted else []
        while pending:
            files = pending.pop()
            error = await self._commit(files, [], stored)
            if error is None:
                continue
            if len(files) > 1:
                middle = len(files) // 2
                pending += [files[middle:], files[:middle]]
            elif problem := await self._commit([], [_blamed(files[0], error)], stored):
                await self._patience.wait(f"the database, which takes nothing: {sentence(problem)}")
                pending.append(files)
        while batch.refused and (problem := await self._commit([], batch.refused, stored)):
            await self._patience.wait(f"the database, which takes nothing: {sentence(problem)}")
        return stored

    async def _commit(
        self, accepted: Sequence[Accepted], refused: Sequence[Refused], stored: Stored
    ) -> Exception | None:
        """Commit files; return the error that is their own fault, and wait until any other is over."""
        tries = 0
        while True:
            try:
                async with asyncio.timeout(STORE_SECONDS), self._engine.begin() as tx:
                    await self._recall(tx)
                    known = await save(tx, accepted, refused, known_logs=self._known_logs, upload=self._upload)
                    documents = await _documents(tx, accepted)
                break
            except ForgottenMeanwhile:
                raise
            except Exception as error:  # noqa: BLE001  (the policy boundary of every batch)
                tries += 1
                understood = classify(error) is not ErrorCategory.UNKNOWN
                if not is_transient(error) and (understood or tries >= TRIES):
                    return error
                await self._patience.wait(f"the database: {sentence(error)}")
        self._patience.over()
        for each in accepted:
            self._known_logs.update(each.logs.by_digest)
        stored.accepted += _as_stored(accepted, known)
        stored.refused += refused
        stored.documents += documents
        stored.known |= known.keys()
        return None

    async def _recall(self, tx: AsyncConnection) -> None:
        redactor = await self._forgotten.redactor(tx)
        if redactor is not self.redactor:
            self.redactor = redactor
            raise ForgottenMeanwhile


async def _documents(tx: AsyncConnection, accepted: Sequence[Accepted]) -> list[DocumentChanged | DocumentRemoved]:
    """Return the documents of what these files say, also of files that were stored before and not archived."""
    tests = [record.id for each in accepted for record in each.submission.tests]
    builds = [record.id for each in accepted for record in each.submission.builds]
    return [*await documents_for(tx, "test", tests), *await documents_for(tx, "build", builds)]


def _as_stored(files: Sequence[Accepted], known: Mapping[str, int]) -> list[Accepted]:
    """Return files as their content was submitted first, so that it has the same events however often it comes."""
    submitted = {**{each.submission.digest: each.submitted_ms for each in files}, **known}
    return [replace(each, submitted_ms=submitted[each.submission.digest]) for each in files]


def _blamed(file: Accepted, error: Exception) -> Refused:
    log.warning("the database does not take %s: %s", file.name, type(error).__name__)
    found = file.submission
    problem = shortened(f"the database does not take it: {sentence(error)}")
    rejection = Rejection(Reason.DATABASE, problem, origins=found.origins[:10], version=found.version)
    return Refused(file.name, file.submitted_ms, rejection, found.digest)
