"""The part of a chunk that shows why it was found."""

from bisect import bisect_left
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from bdc_indexer.words import is_paired, split_words

LENGTH: Final = 260  # characters
LEAD: Final = 60  # characters before the first highlight

_FLAT: Final = str.maketrans(dict.fromkeys("\t\n\v\f\r\x85\u2028\u2029", " "))

Span = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Snippet:
    """Plain text in one line; `highlights` are (start, end) offsets into it, in order and apart."""

    text: str
    highlights: tuple[Span, ...]


def snippet(text: str, lexemes: Sequence[str]) -> Snippet:
    """Return the part of `text` with the most of the query's `lexemes`, or its beginning where it has none."""
    hits = sorted(_hits(text, lexemes))
    start = _word_start(text, max(0, _densest(hits) - LEAD)) if hits else len(text) - len(text.lstrip())
    end = _word_end(text, start)
    flat = text[start:end].translate(_FLAT)
    shown = [(max(a, start) - start, min(b, end) - start) for a, b, _ in hits if a < end and b > start]
    return Snippet(flat.rstrip(), tuple(_merged(shown, len(flat.rstrip()))))


def _hits(text: str, lexemes: Sequence[str]) -> Iterator[tuple[int, int, str]]:
    lowered = text.lower()
    if len(lowered) != len(text):  # a few letters change their length: take the slow way for the offsets' sake
        yield from ((word.start, word.end, word.lexeme) for word in split_words(text) if word.lexeme in lexemes)
        return
    for lexeme in lexemes:
        at = lowered.find(lexeme)
        while at >= 0:
            end = at + len(lexeme)
            if is_paired(lexeme) or (_begins(text, at) and _ends(text, end)):
                yield at, end, lexeme
            at = lowered.find(lexeme, end)


def _begins(text: str, at: int) -> bool:
    return at == 0 or not text[at - 1].isalnum() or (text[at].isupper() and not text[at - 1].isupper())


def _ends(text: str, end: int) -> bool:
    return end == len(text) or not text[end].isalnum() or (text[end].isupper() and text[end - 1].islower())


def _densest(hits: Sequence[tuple[int, int, str]]) -> int:
    """Return where the stretch with the most distinct lexemes begins; the first of several."""
    starts = [start for start, _, _ in hits]

    def distinct(index: int) -> int:
        beyond = bisect_left(starts, starts[index] + LENGTH - LEAD)
        return len({lexeme for _, _, lexeme in hits[index:beyond]})

    return starts[max(range(len(hits)), key=lambda index: (distinct(index), -index))]


def _word_start(text: str, at: int) -> int:
    """Move forward to the beginning of a word, unless that is far away."""
    if at == 0 or text[at - 1].isspace():
        return at
    space = next((index for index in range(at, min(at + LEAD // 2, len(text))) if text[index].isspace()), None)
    return at if space is None else space + 1


def _word_end(text: str, start: int) -> int:
    end = start + LENGTH
    if end >= len(text):
        return len(text)
    space = max(text.rfind(" ", start, end), text.rfind("\n", start, end))
    return space if space > start + LENGTH // 2 else end


def _merged(spans: Sequence[Span], length: int) -> Iterator[Span]:
    """Join highlights that overlap or touch, as the pairs of a Japanese word do."""
    current: Span | None = None
    for start, end in sorted(spans):
        if current and start <= current[1]:
            current = (current[0], max(current[1], end))
            continue
        if current:
            yield current
        current = (start, end)
    if current and current[0] < length:
        yield (current[0], min(current[1], length))
