"""How text becomes words, once for indexing, queries and highlights: so what is indexed is what is asked for.

PostgreSQL's parser is made for prose: `tun.c` is a host, `drivers/net/tun.c` one word, a Japanese sentence another, and
`english` stems identifiers. Here `async_read_some` and `SocketBuffer` are their parts in a row (the latter also as
one), a run of Chinese, Japanese or Korean is its overlapping pairs, and nothing is stemmed: vectors find inflections.
"""

import re
import struct
import unicodedata
from collections.abc import Iterator
from functools import lru_cache
from typing import Final, NamedTuple

_STOP_WORDS = (
    "a an and are as at be been but by for from had has have he her his how i in is it its of on or she so that the"
    " their them then there these they this to was we were what when where which who will with would you your"
)
STOP_WORDS: Final = frozenset(_STOP_WORDS.split())
LONGEST_WORD: Final = 128  # characters; the rest of a longer word is not searchable (tsvector ends at 2,046 bytes)
_LAST_POSITION: Final = 16_383  # a tsvector's own bound, and that of a lexeme's list:
_MOST_POSITIONS: Final = 255
_TITLE: Final = 3 << 14  # weight A in a tsvector's binary form
_BODY: Final = 0  # weight D

_RUN = re.compile(r"[^\W_](?:[^\W_]|[\u0300-\u036f])*")
_ASCII_RUN = re.compile(r"[A-Za-z0-9]+")  # the same for text of ASCII only, four times faster
_PAIRED_RANGES: Final = "\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7af\uf900-\ufaff"
_PAIRED = re.compile(f"[{_PAIRED_RANGES}]+")
_SCRIPT = re.compile(f"[{_PAIRED_RANGES}]+|[^{_PAIRED_RANGES}]+")
_CAMEL = re.compile(r"[A-Z]+(?=[A-Z][a-z])|[A-Z]?[a-z0-9]+|[A-Z0-9]+")
_MIXED_CASE = re.compile(r"[a-z0-9][A-Z]|[A-Z]{2,}[a-z]")


class Word(NamedTuple):
    """A lexeme, its position in the sequence of words (from 1) and the characters that it stands for."""

    lexeme: str
    position: int
    start: int
    end: int


def split_words(text: str, first_position: int = 1) -> Iterator[Word]:
    """Yield the words of `text` in order; stop words take a position but are not yielded."""
    position = first_position
    for match in _runs(text).finditer(text):
        parts, length = _parts(match.group())
        for lexeme, offset, start, end in parts:
            yield Word(lexeme, position + offset, match.start() + start, match.start() + end)
        position += length


def is_paired(lexeme: str) -> bool:
    """Tell whether `lexeme` is of a script that is indexed in overlapping pairs of characters."""
    return _PAIRED.match(lexeme) is not None


def to_tsvector(title: str, body: str) -> bytes:
    """Return the binary form of a tsvector: the title's words with weight A, the body's with weight D.

    Words beyond a tsvector's last position are kept, at that position.
    """
    places: dict[bytes, list[int]] = {}
    position = _place(places, title, 1, _TITLE)
    last = _place(places, body, position + 1, _BODY)  # the gap keeps a phrase from reaching out of the title
    parts = [struct.pack("!i", len(places))]
    for lexeme, positions in places.items():
        if len(positions) == 1:  # most are: worth a shorter way
            parts += (lexeme, b"\x00\x01", positions[0].to_bytes(2, "big"))
            continue
        kept = positions if last < _LAST_POSITION and len(positions) <= _MOST_POSITIONS else _increasing(positions)
        parts += (lexeme, struct.pack(f"!H{len(kept)}H", len(kept), *kept))
    return b"".join(parts)


def _runs(text: str) -> re.Pattern[str]:
    return _ASCII_RUN if text.isascii() else _RUN


def _place(places: dict[bytes, list[int]], text: str, position: int, weight: int) -> int:
    for run in _runs(text).findall(text):
        stored, length = _stored(run)
        for lexeme, offset in stored:
            place = (min(_LAST_POSITION, position + offset)) | weight
            if lexeme in places:
                places[lexeme].append(place)
            else:
                places[lexeme] = [place]
        position += length
    return position


@lru_cache(maxsize=65_536)
def _stored(run: str) -> tuple[tuple[tuple[bytes, int], ...], int]:
    """Return a run's lexemes as a tsvector's binary form has them, with their relative position."""
    parts, length = _parts(run)
    return tuple(dict.fromkeys((lexeme.encode() + b"\x00", offset) for lexeme, offset, _, _ in parts)), length


def _increasing(positions: list[int]) -> list[int]:
    """Drop what a tsvector refuses: repeated positions, and more than it can count."""
    distinct = {place & _LAST_POSITION: place for place in reversed(positions)}
    return [distinct[place] for place in sorted(distinct)][:_MOST_POSITIONS]


@lru_cache(maxsize=16_384)  # the words of a language repeat
def _parts(run: str) -> tuple[tuple[tuple[str, int, int, int], ...], int]:
    """Return a run's lexemes with their relative position and offsets, and how many positions it takes."""
    if not run.isascii():
        return _foreign_parts(run)
    whole = (run.lower()[:LONGEST_WORD], 0, 0, len(run))
    if not _MIXED_CASE.search(run):
        return (() if whole[0] in STOP_WORDS else (whole,)), 1
    parts = [
        (part.group().lower()[:LONGEST_WORD], offset, part.start(), part.end())
        for offset, part in enumerate(_CAMEL.finditer(run))
    ]
    return (whole, *parts), len(parts)


def _foreign_parts(run: str) -> tuple[tuple[tuple[str, int, int, int], ...], int]:
    parts: list[tuple[str, int, int, int]] = []
    position = 0
    for piece in _SCRIPT.finditer(run):
        width = 2 if is_paired(piece.group()) else len(piece.group())
        starts = range(piece.start(), piece.end()) if is_paired(piece.group()) else (piece.start(),)
        for start in starts:
            end = min(start + width, piece.end())
            lexeme = unicodedata.normalize("NFKC", run[start:end]).casefold()[:LONGEST_WORD]
            parts.append((lexeme, position, start, end))
            position += 1
    return tuple(parts), position
