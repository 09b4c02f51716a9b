"""Builds and tests that failed, as documents for the search: what failed, where, and the end of its log."""

from collections.abc import Sequence
from typing import Any, Final

from bdc_contracts import DocumentChanged, DocumentRemoved
from sqlalchemy import RowMapping, text
from sqlalchemy.ext.asyncio import AsyncConnection

from bdc_ingester.store.logs import KEPT_CHARACTERS
from bdc_ingester.store.merging import DIGEST_BITS
from bdc_ingester.store.submissions import moment

DOMAIN: Final = "ingester"
FAILURES: Final = ("FAIL", "ERROR")

_COLUMNS: Final = """
    o.id, o.origin, o.status, o.start_time, o.log_url, o.comment, o.revision,
    right(coalesce(o.log_excerpt, l.text), {characters}) AS text
"""
_FAILED: Final = (
    "coalesce(o.status = ANY (:failures) AND (o.log_excerpt IS NOT NULL OR o.log_digest IS NOT NULL), false)"
)


def _query(kind: str, more: str, where: str) -> Any:
    columns = _COLUMNS.format(characters=KEPT_CHARACTERS)
    return text(f"""
    SELECT '{kind}' AS kind, {columns}, {more}, {_FAILED} AS failed
    FROM {kind} o LEFT JOIN log l ON l.digest = o.log_digest WHERE {where}
    """)


_TEST: Final = "o.path AS what, o.platform AS place, o.build_id AS thread"
_BUILD: Final = "concat_ws(' ', o.config_name, o.compiler) AS what, o.architecture AS place, o.checkout_id AS thread"
# Of what was submitted once, only failures matter; what was corrected may have been one before.
_OF_IDS: Final = f"o.id = ANY (:ids) AND ({_FAILED} OR o.revisions IS NOT NULL)"
_PAGE: Final = f"o.id > :after AND {_FAILED} ORDER BY o.id LIMIT :page"

_BY_IDS: Final = {"test": _query("test", _TEST, _OF_IDS), "build": _query("build", _BUILD, _OF_IDS)}
_PAGES: Final = {"test": _query("test", _TEST, _PAGE), "build": _query("build", _BUILD, _PAGE)}


async def documents_for(tx: AsyncConnection, kind: str, ids: Sequence[str]) -> list[DocumentChanged | DocumentRemoved]:
    """Return the documents of the builds or tests with these ids as they are stored now, and what is none any more."""
    if not ids:
        return []
    rows = (await tx.execute(_BY_IDS[kind], {"ids": list(ids), "failures": list(FAILURES)})).mappings()
    return [_document(row) if row["failed"] else _removed(row) for row in rows]


async def document_page(tx: AsyncConnection, kind: str, after: str, page: int) -> list[tuple[str, DocumentChanged]]:
    """Return the documents of one kind that come after an id, each behind its own."""
    wanted = {"after": after, "page": page, "failures": list(FAILURES)}
    return [(row["id"], _document(row)) for row in (await tx.execute(_PAGES[kind], wanted)).mappings()]


def document_id(kind: str, identity: str) -> str:
    """Return the document's id for a build or test."""
    return f"{DOMAIN}:{kind}:{identity}"


def _document(row: RowMapping) -> DocumentChanged:
    title = " ".join(filter(None, (row["what"] or row["id"], row["status"], row["place"] and f"on {row['place']}")))
    return DocumentChanged(
        domain=DOMAIN,
        document_id=document_id(row["kind"], row["id"]),
        kind=row["kind"],
        container=row["origin"],
        title=title,
        text="\n".join(filter(None, (row["comment"], row["text"]))),
        url=row["log_url"],
        thread=row["thread"],
        occurred_at=row["start_time"],
        revised_at=moment(row["revision"] >> DIGEST_BITS),
    )


def _removed(row: RowMapping) -> DocumentRemoved:
    return DocumentRemoved(
        domain=DOMAIN,
        document_id=document_id(row["kind"], row["id"]),
        revised_at=moment(row["revision"] >> DIGEST_BITS),
    )
