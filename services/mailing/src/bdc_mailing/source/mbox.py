"""Splits an mbox stream into messages in flat memory, whatever its size."""

import re
from collections.abc import Iterator
from datetime import UTC, datetime
from enum import StrEnum
from typing import NamedTuple, Protocol

from bdc_mailing.source.envelope import Envelope, envelope_date, shape
from bdc_mailing.source.raw import MAX_MESSAGE_BYTES, RawMessage

CHUNK_BYTES = 1 << 20
_LONGEST_ENVELOPE = 2048
_MARK = b"\nFrom "
_BLANKS = b"\r\n"
_UNDATED = datetime(1970, 1, 1, tzinfo=UTC)


class SupportsRead(Protocol):
    """What is needed of a stream of bytes."""

    def read(self, size: int, /) -> bytes | None:
        """Return at most `size` bytes, none at the end."""


class Quoting(StrEnum):
    """How the writer hid lines that begin with `From `: `mboxo` adds a `>` to them, `mboxrd` also to `>From `."""

    MBOXRD = "mboxrd"
    MBOXO = "mboxo"


_QUOTED = {
    Quoting.MBOXRD: re.compile(rb"^>(>*From )", re.MULTILINE),
    Quoting.MBOXO: re.compile(rb"^>(From )", re.MULTILINE),
}


def unquoted(data: bytes, quoting: Quoting = Quoting.MBOXRD) -> bytes:
    """Undo the quoting of `From ` lines."""
    return _QUOTED[quoting].sub(rb"\1", data) if b">From " in data else data


def quoted(data: bytes) -> bytes:
    """Hide lines that begin with `From ` as mboxrd does."""
    return re.sub(rb"^(>*From )", rb">\1", data, flags=re.MULTILINE)


def as_mbox(raw: RawMessage) -> bytes:
    """Return a message as `read_mbox` reads it again: mboxrd, its envelope dated when it was archived."""
    moment = raw.archived_at or _UNDATED
    data = quoted(raw.data) if b"From " in raw.data else raw.data
    ending = b"\n" if data.endswith(b"\n") else b"\n\n"
    return b"From mboxrd@z %s\n%s%s" % (moment.astimezone(UTC).ctime().encode("ascii"), data, ending)


def read_mbox(stream: SupportsRead, *, quoting: Quoting = Quoting.MBOXRD) -> Iterator[RawMessage]:
    """Yield every message of an mbox; what stands before the first separator is a message too, unless it is blank.

    A separator is a line of a plausible envelope after an empty line, so that prose which begins a paragraph
    with "From " stays in its message. If the file's first separator has an odd shape, that separates too.
    """
    for piece in pieces(stream):
        message = piece.message(piece.offset, quoting)
        if message is not None:
            yield message


class Piece(NamedTuple):
    """A message with its envelope line and the blank line after it, as the stream has them.

    `offset` and `length` are the stream's; `data` is shorter than that where a message is too long to hold.
    """

    data: bytes
    offset: int
    length: int

    def message(self, offset: int, quoting: Quoting = Quoting.MBOXRD) -> RawMessage | None:
        """Return the message, found at `offset`; None for blank space."""
        data = self.data
        archived_at = None
        if data.startswith(b"From "):
            head, _, data = data.partition(b"\n")
            archived_at = envelope_date(head)
        elif not data.strip():
            return None
        truncated = len(self.data) < self.length
        return RawMessage(unquoted(_without_blank_line(data), quoting), offset, len(self.data), archived_at, truncated)


def pieces(stream: SupportsRead) -> Iterator[Piece]:
    """Divide a stream at its separators; the pieces in a row are the stream."""
    return _Splitter(stream).pieces()


def _without_blank_line(data: bytes) -> bytes:
    """Cut the empty line that every writer puts after a message."""
    if data.endswith((b"\n\n", b"\r\n\r\n")) or data in {b"\n", b"\r\n"}:
        return data[:-2] if data.endswith(b"\r\n") else data[:-1]
    return data


class _Splitter:
    """Finds the separators of a stream; holds one message and one chunk."""

    def __init__(self, stream: SupportsRead) -> None:
        self._stream = stream
        self._buffer = b""
        self._base = 0  # place in the stream of the buffer's first byte
        self._start = 0  # place in the buffer where the current message begins
        self._offset = 0  # place in the stream where it began
        self._kept: bytes | None = None  # its beginning, once it is too long to hold
        self._ended = False
        self._allowed = {Envelope.DATED}

    def pieces(self) -> Iterator[Piece]:
        """Yield messages with their envelope line and the blank line after them."""
        self._begin()
        search = self._start
        while True:
            mark = self._buffer.find(_MARK, search)
            if mark >= 0 and self._line_complete(mark):
                search = mark + 1
                if self._separates(mark):
                    yield self._piece(mark + 1)
            elif self._ended:
                break
            else:
                # What is looked at again: an incomplete line, or the bytes that may begin a separator.
                search = mark if mark >= 0 else max(self._start, len(self._buffer) - len(_MARK))
                search -= self._more(search)
        if len(self._buffer) > self._start or self._kept:
            yield self._piece(len(self._buffer))

    def _begin(self) -> None:
        self._more(0)
        self._start = self._offset = len(self._buffer) - len(self._buffer.lstrip(_BLANKS))
        line = self._buffer[self._start : self._start + _LONGEST_ENVELOPE].partition(b"\n")[0]
        if line.startswith(b"From "):
            self._allowed |= {shape(line)} - {Envelope.ODD}

    def _more(self, needed: int) -> int:
        """Read another chunk; return how many bytes of the buffer's start were forgotten to make room."""
        forgotten = self._start
        if len(self._buffer) - self._start > MAX_MESSAGE_BYTES:
            if self._kept is None:
                self._kept = self._buffer[self._start : self._start + MAX_MESSAGE_BYTES]
            forgotten = max(self._start, needed - len(_BLANKS))
        chunk = self._stream.read(CHUNK_BYTES) or b""
        self._ended = not chunk
        self._buffer = self._buffer[forgotten:] + chunk
        self._base += forgotten
        self._start = 0
        return forgotten

    def _line_complete(self, mark: int) -> bool:
        complete = self._buffer.find(b"\n", mark + 1) >= 0
        return complete or self._ended or len(self._buffer) - mark > _LONGEST_ENVELOPE

    def _separates(self, mark: int) -> bool:
        if not self._buffer[max(0, mark - 2) : mark].endswith((b"\n", b"\n\r")):
            return False
        line = self._buffer[mark + 1 : mark + _LONGEST_ENVELOPE].partition(b"\n")[0]
        return shape(line) in self._allowed

    def _piece(self, end: int) -> Piece:
        data = self._buffer[self._start : end] if self._kept is None else self._kept
        offset = self._offset
        self._kept = None
        self._start = end
        self._offset = self._base + end
        return Piece(data, offset, self._offset - offset)
