"""Collects one mbox: publishes its new blocks and checkpoints after each."""

import asyncio
from collections.abc import Iterator
from pathlib import Path

from bdc_chassis.collect import PartitionRun

from bdc_mailing.blocks import Block, new_blocks
from bdc_mailing.position import FilePosition, Position
from bdc_mailing.publishing import Publishing

DAMAGED = "damaged"


async def collect_file(
    run: PartitionRun, publishing: Publishing, path: Path, position: Position, *, source: str, interval: int
) -> None:
    """Publish what is new; while a block is published, the next one is read and archived by another thread.

    Raises:
        CommandError: the file cannot be read.
        PublishError: an event could not be stored; the cursor stays behind it.
    """
    name = str(path)
    known = position.files.get(name, FilePosition())
    blocks = new_blocks(path, known, run.archive, source)
    following = asyncio.create_task(asyncio.to_thread(_next, blocks))
    since = 0
    reached: FilePosition | None = None
    try:
        while (block := await following) is not None:
            following = asyncio.create_task(asyncio.to_thread(_next, blocks))
            await _publish(run, publishing, path, block)
            since += len(block.messages)
            reached = block.position
            if since >= interval:
                since, reached = 0, None
                await run.checkpoint(position.with_file(name, block.position).model_dump(exclude_none=True))
        if reached is not None:
            await run.checkpoint(position.with_file(name, reached).model_dump(exclude_none=True))
    finally:
        await asyncio.wait({following})


async def _publish(run: PartitionRun, publishing: Publishing, path: Path, block: Block) -> None:
    for message in block.messages:
        await publishing.publish(message, f"{block.ref}#{message.offset}+{message.length}")
    if block.damage is not None:
        run.count(DAMAGED)
        await run.quarantine(block.ref.encode(), block.damage, path.name)


def _next(blocks: Iterator[Block]) -> Block | None:
    return next(blocks, None)
