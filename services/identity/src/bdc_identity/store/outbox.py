"""Announcements on their way to the bus: written with the change, deleted once the bus has them."""

from collections.abc import Iterable, Sequence
from typing import Final

from bdc_contracts import Event, IdentityChanged, MergeProposed, PeopleMerged, PersonSplit
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from bdc_identity.store.bulk import records, recordset

_TYPES: Final[dict[str, type[Event]]] = {
    event.type_name(): event for event in (IdentityChanged, MergeProposed, PeopleMerged, PersonSplit)
}
ANNOUNCED: Final = tuple(_TYPES.values())
"""The events that can wait in the outbox."""

_ADD: Final = text(
    f"INSERT INTO outbox (type, payload) SELECT type, payload FROM {recordset(type='text', payload='text')}"
)
# Another relay takes other rows; a crash before the delete leaves them for the next one.
_TAKE: Final = text("SELECT id, type, payload FROM outbox ORDER BY id LIMIT :limit FOR UPDATE SKIP LOCKED")
_REMOVE: Final = text("DELETE FROM outbox WHERE id = ANY(CAST(:ids AS bigint[]))")


async def add(tx: AsyncConnection, events: Iterable[Event]) -> None:
    """Remember to publish `events` as soon as this transaction is committed."""
    rows = ((event.type_name(), event.to_json().decode()) for event in events)
    await tx.execute(_ADD, records(["type", "payload"], rows))


async def take(tx: AsyncConnection, limit: int) -> tuple[Sequence[int], Sequence[Event]]:
    """Return the oldest rows that nobody else holds, as ids and events; they stay locked until the transaction ends."""
    rows = (await tx.execute(_TAKE, {"limit": limit})).all()
    return [row.id for row in rows], [_TYPES[row.type].model_validate_json(row.payload) for row in rows]


async def remove(tx: AsyncConnection, ids: Sequence[int]) -> None:
    """Forget rows that the bus has acknowledged."""
    await tx.execute(_REMOVE, {"ids": list(ids)})
