"""Documents into chunks: whole paragraphs and sentences where they fit, cut anywhere where they do not.

Spans overlap a little and together cover the whole text: nothing is ever dropped, whatever the language.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

VERSION: Final = 1  # part of a document's content hash: raise it when chunks of the same text would change
TARGET_WORDS: Final = 220
OVERLAP_WORDS: Final = 30
CHARACTERS_PER_WORD: Final = 8  # what a word counts for at least, so that text without spaces has the same bounds
HARD_CAP: Final = TARGET_WORDS * CHARACTERS_PER_WORD  # characters in a chunk, at most

_BOUNDARY = re.compile(r"\n\s*\n|\n|[.!?…]+[\"')\]]*\s+|[\u3002\uff01\uff1f]+")  # the last: 。 and wide ! and ?
_SPACE = re.compile(r"\s+")


@dataclass(frozen=True, slots=True)
class Chunk:
    """A piece of a document: `text` is `document[start : start + len(text)]`."""

    number: int
    start: int
    text: str

    @property
    def end(self) -> int:
        """The offset behind the last character."""
        return self.start + len(self.text)


@dataclass(frozen=True, slots=True)
class _Segment:
    start: int
    end: int
    words: int
    ends_paragraph: bool


def chunk_text(text: str) -> list[Chunk]:
    """Return the chunks of `text` in order; none for text of white space only."""
    if not text.strip():
        return []
    if len(text) <= HARD_CAP and len(text.split()) <= TARGET_WORDS:  # most documents: nothing to look for
        return [Chunk(0, 0, text)]
    chunks: list[Chunk] = []
    segments = [piece for segment in _segments(text) for piece in _bounded(text, segment)]
    first = 0
    while first < len(segments):
        last = _fill(segments, first)
        start, end = segments[first].start, segments[last - 1].end
        chunks.append(Chunk(len(chunks), start, text[start:end]))
        first = len(segments) if last == len(segments) else _overlap(segments, first, last)
    return chunks


def _segments(text: str) -> Iterator[_Segment]:
    """Cut at ends of paragraphs, lines and sentences; the cuts touch, so that they cover the text."""
    start = 0
    for boundary in _BOUNDARY.finditer(text):
        yield _segment(text, start, boundary.end(), ends_paragraph=boundary.group().count("\n") > 1)
        start = boundary.end()
    if start < len(text):
        yield _segment(text, start, len(text), ends_paragraph=True)


def _segment(text: str, start: int, end: int, *, ends_paragraph: bool) -> _Segment:
    words = max(len(text[start:end].split()), -(-(end - start) // CHARACTERS_PER_WORD))
    return _Segment(start, end, words, ends_paragraph)


def _bounded(text: str, segment: _Segment) -> Iterator[_Segment]:
    """Cut a segment that is too long for one chunk: at white space where there is some, else anywhere."""
    if segment.words <= TARGET_WORDS:  # which bounds the characters as well
        yield segment
        return
    start = segment.start
    while segment.end - start > HARD_CAP or len(text[start : segment.end].split()) > TARGET_WORDS:
        end = _cut(text, start, segment.end)
        yield _segment(text, start, end, ends_paragraph=False)
        start = end
    yield _segment(text, start, segment.end, ends_paragraph=segment.ends_paragraph)


def _cut(text: str, start: int, end: int) -> int:
    limit = min(start + HARD_CAP, end)
    cut = start
    for words, space in enumerate(_SPACE.finditer(text, start, limit), start=1):
        if space.end() < end:
            cut = space.end()
        if words >= TARGET_WORDS:
            break
    return cut if cut > start else limit


def _fill(segments: list[_Segment], first: int) -> int:
    """Return the index behind the last segment of the chunk that begins with `first`."""
    words, last, paragraph = 0, first, first
    while last < len(segments) and (last == first or words + segments[last].words <= TARGET_WORDS):
        words += segments[last].words
        last += 1
        if segments[last - 1].ends_paragraph and words >= TARGET_WORDS // 2:
            paragraph = last
    return paragraph if last < len(segments) and paragraph > first else last


def _overlap(segments: list[_Segment], first: int, last: int) -> int:
    """Return where the next chunk begins: some sentences back, but always further than this one began."""
    words, begin = 0, last
    while begin - 1 > first and words + segments[begin - 1].words <= OVERLAP_WORDS:
        begin -= 1
        words += segments[begin].words
    if begin < last and segments[last].words + words > TARGET_WORDS:
        return last  # the overlap would be a chunk of its own
    return begin
