"""One message in a file of its own."""

from dataclasses import dataclass
from pathlib import Path

from bdc_mailing.source.byte_stream import buffered, open_bytes
from bdc_mailing.source.raw import MAX_MESSAGE_BYTES, RawMessage


@dataclass(frozen=True, slots=True)
class MessageFile:
    """A file that holds one message; `name` stays the same when the mail program moves or flags it."""

    name: str
    path: Path

    def stamp(self) -> str:
        """Return size and time of modification, by which a file that was written again is found."""
        status = self.path.stat()
        return f"{status.st_size}-{status.st_mtime_ns}"


def read_message(data: bytes, name: str | None = None) -> RawMessage:
    """Return the message in the bytes of a file; some programs leave an envelope line at its top."""
    if data.startswith((b"From ", b">From ")):
        data = data.partition(b"\n")[2]
    return RawMessage(data[:MAX_MESSAGE_BYTES], 0, len(data), truncated=len(data) > MAX_MESSAGE_BYTES, name=name)


def read_file(file: MessageFile) -> bytes:
    """Return at most one byte more than a message may have.

    Raises:
        CommandError: the file cannot be read.
    """
    with open_bytes(file.path) as raw, buffered(raw) as stream:
        return stream.read(MAX_MESSAGE_BYTES + 1)
