"""One submission through reading and storing without a trace, so that the first real one is as fast as the second."""

from contextlib import suppress
from typing import Final

import orjson
from sqlalchemy.ext.asyncio import AsyncEngine

from bdc_ingester.documents import documents_for
from bdc_ingester.source import parse_submission
from bdc_ingester.store.logs import KnownLogs
from bdc_ingester.store.submissions import Accepted, LogsOfFile, save

_ID: Final = {"id": "_:rehearsal", "origin": "_"}
_SUBMISSION: Final = orjson.dumps(
    {
        "version": {"major": 5, "minor": 3},
        "checkouts": [_ID],
        "builds": [_ID | {"checkout_id": "_:rehearsal"}],
        "tests": [_ID | {"build_id": "_:rehearsal", "log_excerpt": "rehearsal"}],
        "issues": [_ID | {"version": 1}],
        "incidents": [_ID | {"issue_id": "_:rehearsal", "issue_version": 1}],
    }
)


async def rehearse(engine: AsyncEngine) -> None:
    """Compile the schema, connect, and have the database plan its work; what fails here will say so when it counts."""
    submission = parse_submission(_SUBMISSION)
    file = Accepted("rehearsal", 0, submission, LogsOfFile(submission, 0))
    with suppress(Exception):
        async with engine.connect() as tx:
            await save(tx, [file], [], known_logs=KnownLogs(1), upload=False)
            for kind in ("test", "build"):
                await documents_for(tx, kind, [_ID["id"]])
            await tx.rollback()
