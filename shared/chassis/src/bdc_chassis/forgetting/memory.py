"""What a service remembers of those it forgot: salted hashes, so that it recognises them when they are seen again."""

from collections.abc import Mapping
from datetime import datetime
from typing import Final

import orjson
from bdc_contracts import ForgottenKeys, PersonForgotten
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from bdc_chassis.forgetting.redactor import Redactor

TABLES: Final = (
    'CREATE TABLE forgotten (hash text COLLATE "C" PRIMARY KEY, salt text NOT NULL, request_id text NOT NULL)',
    """CREATE TABLE forget_request (
        request_id text PRIMARY KEY, requested_at timestamptz NOT NULL, counts jsonb NOT NULL, erased_at timestamptz
    )""",
)
"""Statements for a service's migration."""

# Whoever writes holds the former until the commit, so whoever forgets waits for all that do not know of it yet. Each is
# a statement of its own: the next one sees what was committed while it waited.
_WRITING: Final = text(
    "SELECT pg_advisory_xact_lock_shared(hashtextextended('bdc-forgetting:' || current_schema(), 0))"
)
_FORGETTING: Final = text("SELECT pg_advisory_xact_lock(hashtextextended('bdc-forgetting:' || current_schema(), 0))")
_KNOWN: Final = text("SELECT count(*) AS hashes, max(salt) AS salt FROM forgotten")
_HASHES: Final = text("SELECT hash FROM forgotten ORDER BY hash")
_REMEMBER: Final = text("""
    INSERT INTO forgotten (hash, salt, request_id)
    SELECT hash, :salt, :request_id FROM unnest(CAST(:hashes AS text[])) AS hash ON CONFLICT (hash) DO NOTHING
""")
_BEGUN: Final = text("SELECT true FROM forget_request WHERE request_id = :request_id")
_BEGIN: Final = text("""
    INSERT INTO forget_request (request_id, requested_at, counts)
    VALUES (:request_id, :requested_at, CAST(:counts AS jsonb))
""")
_UNFINISHED: Final = text("SELECT request_id, counts FROM forget_request WHERE erased_at IS NULL ORDER BY request_id")
_FINISH: Final = text("""
    UPDATE forget_request SET counts = CAST(:counts AS jsonb), erased_at = :erased_at WHERE request_id = :request_id
""")


class ForgottenPeople:
    """Those whom the service forgot, as its projectors ask for them; one cheap query a batch while nobody is new."""

    def __init__(self) -> None:
        self._known = 0
        self._redactor: Redactor | None = None

    async def redactor(self, tx: AsyncConnection) -> Redactor | None:
        """Return what recognises all of them; None where nobody was forgotten.

        Until `tx` ends, nobody else is forgotten. Call it before taking any other lock that those who forget take, too.
        """
        await tx.execute(_WRITING)
        row = (await tx.execute(_KNOWN)).one()
        if row.hashes != self._known:
            hashes = tuple((await tx.execute(_HASHES)).scalars())
            self._known, self._redactor = len(hashes), Redactor(ForgottenKeys(salt=row.salt, hashes=hashes))
        return self._redactor if self._known else None


async def remember(tx: AsyncConnection, request: PersonForgotten) -> bool:
    """Store the hashes; tell whether the request is new here. Until `tx` ends, nobody asks who was forgotten."""
    await tx.execute(_FORGETTING)
    about = {"request_id": request.request_id}
    if (await tx.execute(_BEGUN, about)).one_or_none() is not None:
        return False
    await tx.execute(_REMEMBER, about | {"salt": request.keys.salt, "hashes": list(request.keys.hashes)})
    return True


async def begin(tx: AsyncConnection, request: PersonForgotten, counts: Mapping[str, int]) -> None:
    """Note what was erased in the store; the rest is still to do."""
    about = {"request_id": request.request_id, "requested_at": request.requested_at}
    await tx.execute(_BEGIN, about | {"counts": orjson.dumps(dict(counts)).decode()})


async def unfinished(tx: AsyncConnection) -> dict[str, dict[str, int]]:
    """Return the requests that are not confirmed, each with what was erased so far."""
    return {row.request_id: dict(row.counts) for row in await tx.execute(_UNFINISHED)}


async def finish(tx: AsyncConnection, request_id: str, counts: Mapping[str, int], erased_at: datetime) -> None:
    """Note that the request is carried out everywhere."""
    counted = orjson.dumps(dict(counts)).decode()
    await tx.execute(_FINISH, {"request_id": request_id, "counts": counted, "erased_at": erased_at})
