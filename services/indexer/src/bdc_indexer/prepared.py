"""Chunks ready to be stored: words and vectors in PostgreSQL's binary forms, which it takes in without parsing."""

import struct
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

from bdc_chassis.store.text import storable
from bdc_contracts import DocumentChanged

from bdc_indexer.chunking import Chunk, chunk_text
from bdc_indexer.embedding import Embedder
from bdc_indexer.revision import author_key
from bdc_indexer.words import to_tsvector

_COPY_BEGIN: Final = b"PGCOPY\n\xff\r\n\0" + bytes(8)
_COPY_END: Final = struct.pack("!h", -1)
_COLUMNS: Final = 12
_NULL: Final = struct.pack("!i", -1)
_EPOCH: Final = datetime(2000, 1, 1, tzinfo=UTC)  # of a timestamptz, which counts microseconds
_MICROSECOND: Final = timedelta(microseconds=1)


@dataclass(frozen=True, slots=True)
class Source:
    """The part of a document that is searched, and the row of the ledger that it belongs to.

    `labels` is the binary form of its columns for filters, see `labels_of`.
    """

    row: int
    title: str
    text: str
    labels: bytes


@dataclass(frozen=True, slots=True)
class PreparedChunk:
    """A chunk of the document in ledger row `row`; `words` is a tsvector and `embedding` a halfvec."""

    row: int
    chunk: Chunk
    words: bytes
    embedding: bytes
    labels: bytes


def labels_of(event: DocumentChanged) -> bytes:
    """Return source, kind, container, author, occurred_at and visibility as COPY takes them."""
    texts = (event.domain, event.kind, event.container, author_key(event.author))
    parts = [_field(None if text is None else storable(text).encode()) for text in texts]
    moment = event.occurred_at
    parts.append(_field(None if moment is None else struct.pack("!q", (moment - _EPOCH) // _MICROSECOND)))
    return b"".join((*parts, _field(storable(event.visibility).encode())))


def prepare(sources: Sequence[Source], embedder: Embedder) -> list[PreparedChunk]:
    """Cut, tokenise and embed documents. CPU only: call it in a thread.

    The title is part of every chunk's words and vector. A document with nothing but a title is one chunk without text.
    """
    pieces = [(source, chunk) for source in sources for chunk in _chunks(source)]
    vectors = embedder.embed([f"{source.title}\n{chunk.text}" for source, chunk in pieces])
    halves = vectors.astype(">f2")
    head = struct.pack("!hh", halves.shape[1], 0)
    return [
        PreparedChunk(source.row, chunk, to_tsvector(source.title, chunk.text), head + half.tobytes(), source.labels)
        for (source, chunk), half in zip(pieces, halves, strict=True)
    ]


def copy_rows(chunks: Iterable[PreparedChunk]) -> bytes:
    """Return the input of `COPY chunk (document, number, start, text, words, embedding, labels…)` in binary form."""
    parts = [_COPY_BEGIN]
    for each in chunks:
        text = each.chunk.text.encode()
        parts += (
            struct.pack("!hiqiiiii", _COLUMNS, 8, each.row, 4, each.chunk.number, 4, each.chunk.start, len(text)),
            text,
            struct.pack("!i", len(each.words)),
            each.words,
            struct.pack("!i", len(each.embedding)),
            each.embedding,
            each.labels,
        )
    return b"".join((*parts, _COPY_END))


def _chunks(source: Source) -> list[Chunk]:
    chunks = chunk_text(source.text)
    return chunks or ([Chunk(0, 0, "")] if source.title.strip() else [])


def _field(data: bytes | None) -> bytes:
    return _NULL if data is None else struct.pack("!i", len(data)) + data
