"""Marks what matched in a snippet, whatever offsets the index gives."""

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Piece:
    """A stretch of plain text; `marked` where it matched."""

    text: str
    marked: bool


def pieces(text: str, spans: Iterable[tuple[int, int]]) -> tuple[Piece, ...]:
    """Cut `text` at the [start, end) spans; overlapping ones merge, empty, reversed and outlying ones are ignored."""
    cut: list[Piece] = []
    at = 0
    for start, end in sorted(spans):
        begin, stop = max(start, at), min(end, len(text))
        if begin >= stop:
            continue
        if begin > at:
            cut.append(Piece(text[at:begin], marked=False))
        cut.append(Piece(text[begin:stop], marked=True))
        at = stop
    if at < len(text):
        cut.append(Piece(text[at:], marked=False))
    return tuple(cut)
