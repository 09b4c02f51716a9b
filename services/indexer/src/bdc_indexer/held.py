"""Documents as the index holds them: whole texts, put together from their chunks."""

from collections.abc import AsyncIterator, Iterable, Sequence
from typing import Final

from bdc_contracts import DocumentChanged, PersonRef
from sqlalchemy import bindparam, text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlalchemy.types import BigInteger

TEXTS_AT_ONCE: Final = 2000

_ROWS: Final = bindparam("rows", type_=ARRAY(BigInteger))
_ADDRESSED: Final = text("""
    SELECT document, number, text FROM chunk WHERE (document, number) > (:document, :number) AND text LIKE '%@%'
    ORDER BY document, number LIMIT :limit
""")
_TITLED: Final = text("SELECT id, title FROM document WHERE title LIKE '%@%'")
_AUTHORS: Final = text("SELECT DISTINCT author_platform, author_account FROM document WHERE author IS NOT NULL")
_BY_AUTHOR: Final = text("SELECT id FROM document WHERE author = ANY(CAST(:authors AS text[]))")
_DOCUMENTS: Final = text("SELECT * FROM document WHERE id = ANY(:rows) ORDER BY id").bindparams(_ROWS)
_CHUNKS: Final = text("""
    SELECT document, start, text FROM chunk WHERE document = ANY(:rows) ORDER BY document, number
""").bindparams(_ROWS)


async def addressed_texts(tx: AsyncConnection) -> AsyncIterator[tuple[int, str]]:
    """Yield titles and chunks in which an address may be, each with its document's row."""
    for row in await tx.execute(_TITLED):
        yield row.id, row.title
    at = (-(2**63), -1)
    while page := (await tx.execute(_ADDRESSED, _after(at))).all():
        for row in page:
            yield row.document, row.text
        at = (page[-1].document, page[-1].number)


async def authors(tx: AsyncConnection) -> list[PersonRef]:
    """Return every account that is somebody's author."""
    rows = await tx.execute(_AUTHORS)
    return [PersonRef(platform=row.author_platform, account=row.author_account) for row in rows]


async def rows_by_author(tx: AsyncConnection, keys: Sequence[str]) -> list[int]:
    """Return the rows of the documents that these authors (see `author_key`) wrote."""
    return list((await tx.execute(_BY_AUTHOR, {"authors": list(keys)})).scalars())


async def held_documents(tx: AsyncConnection, rows: Iterable[int]) -> list[tuple[int, DocumentChanged]]:
    """Return documents whole, with their rows: chunks are parts of the text at places, together all of it."""
    wanted = {"rows": list(rows)}
    texts: dict[int, str] = {}
    for chunk in await tx.execute(_CHUNKS, wanted):
        known = texts.get(chunk.document, "")
        texts[chunk.document] = known[: chunk.start].ljust(chunk.start) + chunk.text
    return [
        (
            row.id,
            DocumentChanged(
                domain=row.source,
                document_id=row.document_id,
                kind=row.kind or "",
                container=row.container or "",
                title=row.title,
                text=texts.get(row.id, ""),
                url=row.url,
                author=_author(row.author_platform, row.author_account, row.author_name),
                thread=row.thread,
                occurred_at=row.occurred_at,
                revised_at=row.revised_at,
                visibility=row.visibility,
            ),
        )
        for row in await tx.execute(_DOCUMENTS, wanted)
    ]


def _author(platform: str | None, account: str | None, name: str | None) -> PersonRef | None:
    return PersonRef(platform=platform, account=account, name=name) if platform and account is not None else None


def _after(at: tuple[int, int]) -> dict[str, int]:
    return {"document": at[0], "number": at[1], "limit": TEXTS_AT_ONCE}
