"""The store's history as events again: files, objects as they are merged by now, documents of failures."""

from collections.abc import AsyncIterator, Mapping
from typing import Any, Final

from bdc_contracts import DocumentChanged, Event, ReplayRequested, SubmissionAccepted, SubmissionRejected
from sqlalchemy import RowMapping, TextClause, text
from sqlalchemy.ext.asyncio import AsyncConnection

from bdc_ingester.documents import DOMAIN, document_page
from bdc_ingester.store.merging import DIGEST_BITS
from bdc_ingester.store.submissions import moment
from bdc_ingester.store.tables import JSON_FIELDS, KINDS, Kind
from bdc_ingester.wire import FIELDS, SEEN, chunks, object_json, objects_payload

PAGE: Final = 1000

_PERIOD: Final = """
    (CAST(:since AS timestamptz) IS NULL OR {moment} >= :since)
AND (CAST(:until AS timestamptz) IS NULL OR {moment} < :until)
AND (CAST(:keys AS text[]) IS NULL OR {key} = ANY (:keys))
"""
_OF_FILES: Final = _PERIOD.format(moment="submitted_at", key="digest")
_REVISED: Final = f"to_timestamp((revision >> {DIGEST_BITS}) / 1000.0)"
_ACCEPTED: Final = text(f"SELECT * FROM submission WHERE digest > :after AND {_OF_FILES} ORDER BY digest LIMIT :page")
_REJECTED: Final = text(f"SELECT * FROM rejection WHERE {_OF_FILES} ORDER BY name, digest")


async def replay(connection: AsyncConnection, request: ReplayRequested) -> AsyncIterator[Event]:
    """Yield what the request asks for; keys are digests of files and ids of objects."""
    types = set(request.types)
    period: dict[str, Any] = {"since": request.since, "until": request.until, "keys": list(request.keys) or None}
    for kind in KINDS:
        if not types or SEEN[kind.name].type_name() in types:
            async for event in _objects(connection, kind, period):
                yield event
    if not types or SubmissionAccepted.type_name() in types:
        async for event in _accepted(connection, period):
            yield event
    if not types or SubmissionRejected.type_name() in types:
        async for event in _rejected(connection, period):
            yield event
    if not types or f"{DOMAIN}.document.changed" in types:
        async for event in _documents(connection, request):
            yield event


async def _objects(connection: AsyncConnection, kind: Kind, period: Mapping[str, Any]) -> AsyncIterator[Event]:
    after: dict[str, Any] = {f"after_{name}": -1 if name == "version" else "" for name in kind.key}
    query = _page_of(kind)
    while rows := (await connection.execute(query, {**period, **after, "page": PAGE})).mappings().all():
        newest = max(row["revision"] for row in rows)
        for part, chunk in enumerate(chunks(_json(kind, row) for row in rows)):
            payload = objects_payload(chunk, submission=None, part=part, submitted_at=_moment(newest))
            yield SEEN[kind.name].model_validate_json(payload)
        after = {f"after_{name}": rows[-1][name] for name in kind.key}


def _page_of(kind: Kind) -> TextClause:
    columns = ", ".join(f"{name}::text AS {name}" if name in JSON_FIELDS else name for name in kind.columns)
    key, after = ", ".join(kind.key), ", ".join(f":after_{name}" for name in kind.key)
    wanted = _PERIOD.format(moment=_REVISED, key="id")
    return text(
        f"SELECT {columns}, revision FROM {kind.name} WHERE ({key}) > ({after}) AND {wanted} ORDER BY {key} LIMIT :page"
    )


def _json(kind: Kind, row: RowMapping) -> bytes:
    values = (row[name] for name in kind.columns)
    return object_json(FIELDS[kind.name], values, revised_at=_moment(row["revision"]))


async def _accepted(connection: AsyncConnection, period: Mapping[str, Any]) -> AsyncIterator[Event]:
    after = ""
    while rows := (await connection.execute(_ACCEPTED, {**period, "after": after, "page": PAGE})).mappings().all():
        for row in rows:
            yield SubmissionAccepted.model_validate(dict(row))
        after = rows[-1]["digest"]


async def _rejected(connection: AsyncConnection, period: Mapping[str, Any]) -> AsyncIterator[Event]:
    for row in (await connection.execute(_REJECTED, period)).mappings():
        yield SubmissionRejected.model_validate(dict(row) | {"digest": row["digest"] or None})


async def _documents(connection: AsyncConnection, request: ReplayRequested) -> AsyncIterator[Event]:
    for kind in ("test", "build"):
        after = ""
        while page := await document_page(connection, kind, after, PAGE):
            for identity, document in page:
                if _is_wanted(document, identity, request):
                    yield document
            after = page[-1][0]


def _is_wanted(document: DocumentChanged, identity: str, request: ReplayRequested) -> bool:
    if request.keys and identity not in request.keys:
        return False
    return (request.since is None or document.revised_at >= request.since) and (
        request.until is None or document.revised_at < request.until
    )


def _moment(revision: int) -> Any:
    return moment(revision >> DIGEST_BITS)
