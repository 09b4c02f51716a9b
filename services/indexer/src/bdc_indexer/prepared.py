"""Chunks ready to be stored: words and vectors in PostgreSQL's binary forms, which it takes in without parsing."""

import struct
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from bdc_indexer.chunking import Chunk, chunk_text
from bdc_indexer.embedding import Embedder
from bdc_indexer.words import to_tsvector

_COPY_BEGIN: Final = b"PGCOPY\n\xff\r\n\0" + bytes(8)
_COPY_END: Final = struct.pack("!h", -1)


@dataclass(frozen=True, slots=True)
class Source:
    """The part of a document that is searched, and the row of the ledger that it belongs to."""

    row: int
    title: str
    text: str


@dataclass(frozen=True, slots=True)
class PreparedChunk:
    """A chunk of the document in ledger row `row`; `words` is a tsvector and `embedding` a halfvec."""

    row: int
    chunk: Chunk
    words: bytes
    embedding: bytes


def prepare(sources: Sequence[Source], embedder: Embedder) -> list[PreparedChunk]:
    """Cut, tokenise and embed documents. CPU only: call it in a thread.

    The title is part of every chunk's words and vector. A document with nothing but a title is one chunk without text.
    """
    pieces = [(source, chunk) for source in sources for chunk in _chunks(source)]
    vectors = embedder.embed([f"{source.title}\n{chunk.text}" for source, chunk in pieces])
    halves = vectors.astype(">f2")
    head = struct.pack("!hh", halves.shape[1], 0)
    return [
        PreparedChunk(source.row, chunk, to_tsvector(source.title, chunk.text), head + half.tobytes())
        for (source, chunk), half in zip(pieces, halves, strict=True)
    ]


def copy_rows(chunks: Iterable[PreparedChunk]) -> bytes:
    """Return the input of `COPY … (document, number, start, text, words, embedding) FROM STDIN (FORMAT binary)`."""
    parts = [_COPY_BEGIN]
    for each in chunks:
        text = each.chunk.text.encode()
        parts += (
            struct.pack("!hiqiiiii", 6, 8, each.row, 4, each.chunk.number, 4, each.chunk.start, len(text)),
            text,
            struct.pack("!i", len(each.words)),
            each.words,
            struct.pack("!i", len(each.embedding)),
            each.embedding,
        )
    return b"".join((*parts, _COPY_END))


def _chunks(source: Source) -> list[Chunk]:
    chunks = chunk_text(source.text)
    return chunks or ([Chunk(0, 0, "")] if source.title.strip() else [])
