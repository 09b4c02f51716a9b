"""Who was seen in which repository and when; periods only ever widen."""

from collections.abc import Sequence
from typing import Final

from bdc_chassis.bus import Received
from bdc_contracts import PersonSeen
from sqlalchemy import Insert, case, func
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from bdc_github.store.tables import PERSON

_KEY: Final = ("platform", "account", "context")


async def upsert_people(tx: AsyncConnection, facts: Sequence[Received[PersonSeen]]) -> None:
    """Widen the stored periods by those of the sightings."""
    rows = [
        {column.name: values[column.name] for column in PERSON.columns}
        for fact in facts
        for values in (fact.event.model_dump(),)
    ]
    if rows:
        await tx.execute(_WIDEN, sorted(rows, key=lambda row: [row[name] for name in _KEY]))


def _widen() -> Insert:
    new = insert(PERSON)
    held, came = PERSON.c, new.excluded
    return new.on_conflict_do_update(
        index_elements=_KEY,
        set_={
            "name": func.least(held.name, came.name),
            "email": func.least(held.email, came.email),
            "email_verified": held.email_verified | came.email_verified,
            "handles": case((func.jsonb_array_length(came.handles) > 0, came.handles), else_=held.handles),
            "first_seen": func.least(held.first_seen, came.first_seen),
            "last_seen": func.greatest(held.last_seen, came.last_seen),
        },
    )


_WIDEN: Final = _widen()
