"""What is new in an mbox since it was last read, in blocks.

Archives of lists grow at their end. Whatever was read is known by its hash: if a file still begins with it, only
the rest is new; if not, it was rewritten and all of it is read again, which deterministic ids make harmless.
"""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from bdc_chassis.archive import Archive

from bdc_mailing.archives.block_reading import Blocks
from bdc_mailing.archives.blocks import MEDIA_TYPE, Block, Growth
from bdc_mailing.archives.hashing import HashingStream
from bdc_mailing.position import FilePosition
from bdc_mailing.source.byte_stream import buffered, open_bytes
from bdc_mailing.source.mbox import Piece, pieces
from bdc_mailing.source.raw import RawMessage

_PEEK_BYTES = 4096


def new_blocks(path: Path, position: FilePosition, archive: Archive, source: str, meta: Mapping[str, Any]) -> Blocks:
    """Archive and yield what `path` has beyond `position`.

    Raises:
        CommandError: the file is missing or cannot be read.
    """
    start = _start(path, position)
    if start is None:
        return
    with open_bytes(path) as raw:
        stream = HashingStream(buffered(raw))
        stream.skip(start)
        for batch, ended in _batches(pieces(stream)):
            data = b"".join(piece.data for piece in batch)
            place = {"offset": start + batch[0].offset}
            ref = archive.put(data, media_type=MEDIA_TYPE, source=source, meta={**meta, **place})
            reached = FilePosition(
                size=stream.count,
                sha256=stream.digest(),
                next=stream.count if ended else start + batch[-1].offset + batch[-1].length,
                last=start + batch[-1].offset,
            )
            damage = (raw.damage,) if ended and raw.damage else ()
            yield Block(_messages(batch), ref, reached, problems=damage)


def _start(path: Path, position: FilePosition) -> int | None:
    """Return where reading goes on: at the next message, the last one if that has grown, or 0 in a rewritten file."""
    if position.sha256 is None:
        return 0
    with open_bytes(path) as raw:
        stream = HashingStream(buffered(raw))
        stream.skip(position.size)
        if stream.count < position.size or stream.digest() != position.sha256:
            return 0
        following = stream.read(_PEEK_BYTES) or b""
    if position.next < position.size:
        return position.next
    if not following:
        return None
    return position.next if following.lstrip(b"\r\n").startswith(b"From ") else position.last


def _batches(found: Iterator[Piece]) -> Iterator[tuple[list[Piece], bool]]:
    """Group pieces into blocks; the flag marks the last one."""
    batch: list[Piece] = []
    size, growth = 0, Growth()
    for piece in found:
        if size >= growth.size:
            yield batch, False
            batch, size = [], 0
            growth.next()
        batch.append(piece)
        size += len(piece.data)
    if batch:
        yield batch, True


def _messages(batch: list[Piece]) -> tuple[RawMessage, ...]:
    messages = []
    offset = 0
    for piece in batch:
        message = piece.message(offset)
        offset += len(piece.data)
        if message is not None:
            messages.append(message)
    return tuple(messages)
