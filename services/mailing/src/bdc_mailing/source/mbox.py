"""Splits an mbox stream into messages in flat memory, whatever its size."""

import re
from collections.abc import Iterator
from enum import StrEnum
from typing import BinaryIO

from bdc_mailing.source.envelope import Envelope, envelope_date, shape
from bdc_mailing.source.raw import MAX_MESSAGE_BYTES, RawMessage

CHUNK_BYTES = 1 << 20
_LONGEST_ENVELOPE = 2048
_MARK = b"\nFrom "
_BLANKS = b"\r\n"


class Quoting(StrEnum):
    """How the writer hid body lines that begin with `From `: `mboxo` adds one `>` to them, `mboxrd` also to `>From `."""

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


def read_mbox(stream: BinaryIO, *, quoting: Quoting = Quoting.MBOXRD) -> Iterator[RawMessage]:
    """Yield every message of an mbox; what stands before the first separator is a message too, unless it is blank.

    A separator is a line of a plausible envelope after an empty line, so that prose which begins a paragraph
    with "From " stays in its message. Lines like the file's first separator are taken as such too, if it has an odd shape.
    """
    for piece in _Splitter(stream).pieces():
        head, _, rest = piece.data.partition(b"\n")
        has_envelope = head.startswith(b"From ")
        data = rest if has_envelope else piece.data
        if not has_envelope and not data.strip():
            continue
        yield RawMessage(
            data=unquoted(_without_blank_line(data), quoting),
            offset=piece.offset,
            length=piece.length,
            archived_at=envelope_date(head) if has_envelope else None,
            truncated=piece.truncated,
        )


def _without_blank_line(data: bytes) -> bytes:
    """Cut the empty line that every writer puts after a message."""
    if data.endswith((b"\n\n", b"\r\n\r\n")) or data in {b"\n", b"\r\n"}:
        return data[:-2] if data.endswith(b"\r\n") else data[:-1]
    return data


class _Splitter:
    """Finds the separators of a stream; holds one message and one chunk."""

    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream
        self._buffer = b""
        self._base = 0  # place in the stream of the buffer's first byte
        self._start = 0  # place in the buffer where the current message begins
        self._offset = 0  # place in the stream where it began
        self._kept: bytes | None = None  # its beginning, once it is too long to hold
        self._ended = False
        self._allowed = {Envelope.DATED}

    def pieces(self) -> Iterator[RawMessage]:
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
        chunk = self._stream.read(CHUNK_BYTES)
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

    def _piece(self, end: int) -> RawMessage:
        data = self._buffer[self._start : end] if self._kept is None else self._kept
        length = self._base + end - self._offset
        piece = RawMessage(data, self._offset, length, truncated=self._kept is not None)
        self._kept = None
        self._start = end
        self._offset += length
        return piece
