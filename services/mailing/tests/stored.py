"""Events into a service's database and what is there afterwards."""

from collections.abc import Sequence
from typing import Any

from bdc_chassis.bus import Received
from bdc_contracts import Event, MessageArchived
from bdc_mailing.projector import MessageProjector
from bdc_mailing.source.origin import Origin
from bdc_mailing.source.parse import parse
from bdc_mailing.source.raw import RawMessage
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from .model import message_archived

LIST = "boost@lists.example.org"


def event(data: bytes, list_address: str = LIST, *, source: str | None = None) -> MessageArchived:
    found = message_archived(parse(RawMessage(data)), list_address, "sha256:0#0+1", Origin("mbox:a"))
    return found.model_copy(update={"source": source})


def received(found: Sequence[Event], first: int = 1) -> list[Received[Any]]:
    return [
        Received(one, first + place, one.event_id(), None, one.event_subject(), 1) for place, one in enumerate(found)
    ]


async def store(engine: AsyncEngine, found: Sequence[Event], first: int = 1) -> list[Event]:
    async with engine.begin() as tx:
        return list(await MessageProjector().store(tx, received(found, first)))


async def store_in_batches(engine: AsyncEngine, found: Sequence[Event], size: int) -> list[Event]:
    """Store with growing sequences; return the last document of each id, as an index would keep it."""
    documents: list[Event] = []
    for place in range(0, len(found), size):
        documents += await store(engine, found[place : place + size], first=place + 1)
    return documents


async def rows(engine: AsyncEngine, query: str) -> list[tuple[Any, ...]]:
    async with engine.connect() as tx:
        return [tuple(row) for row in await tx.execute(text(query))]


async def empty(engine: AsyncEngine) -> None:
    async with engine.begin() as tx:
        await tx.execute(text("TRUNCATE message, posting, sighting, removal, thread, thread_node"))


async def content(engine: AsyncEngine) -> tuple[Any, ...]:
    """Return everything that must not depend on order and repetition."""
    return (
        await rows(
            engine,
            "SELECT message_key, key_id, node_id, source_list, source_sha256, thread_id, occurred_at, revised_at,"
            " removed_at FROM message ORDER BY message_key",
        ),
        await rows(
            engine, "SELECT list_address, key_id, sha256, message_key, text, own_text FROM posting ORDER BY 1, 2, 3"
        ),
        await rows(
            engine, "SELECT list_address, key_id, sha256, source, seen_again_at FROM sighting ORDER BY 1, 2, 3, 4"
        ),
        await rows(engine, "SELECT * FROM removal ORDER BY 1, 2, 3, 4"),
        await rows(engine, "SELECT * FROM thread_node ORDER BY id"),
        await rows(engine, "SELECT * FROM thread WHERE merged_by IS NULL ORDER BY thread_id"),
    )


def indexed(documents: Sequence[Any]) -> dict[str, Any]:
    """Return what an index holds after these documents, as the indexer orders their versions."""
    newest: dict[str, tuple[Any, ...]] = {}
    for place, one in enumerate(documents):
        removed = one.event_subject().endswith("removed")
        version = (one.revised_at, removed, place)
        if one.document_id not in newest or newest[one.document_id][0] < version:
            newest[one.document_id] = (version, None if removed else one)
    return {name: one for name, (_, one) in newest.items() if one is not None}
