"""What humans decided, as the store keeps it: each decision once, whatever the order and repetition of its events."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from bdc_chassis.store.text import storable
from bdc_contracts import DecisionMade
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from bdc_identity.constraints import Constraint
from bdc_identity.decisions import Decision, Verb, constraints_of, in_force
from bdc_identity.store.bulk import id_list, joined, records, recordset

_COLUMNS: Final = {
    "id": "text",
    "verb": "text",
    "actor": "text",
    "decided_at": "timestamptz",
    "left_ids": "text[]",
    "right_ids": "text[]",
    "value": "text",
    "note": "text",
    "origin": "text",
    "undoes": "text",
}
_NAMES: Final = ", ".join(_COLUMNS)
# A copy that names fewer profiles is the same decision without somebody who was forgotten, and stays so.
_SAVE: Final = text(f"""
    INSERT INTO decision AS t ({_NAMES}, in_force) SELECT {_NAMES}, false FROM {recordset(**_COLUMNS)}
    ON CONFLICT (id) DO UPDATE SET left_ids = excluded.left_ids, right_ids = excluded.right_ids, note = excluded.note
    WHERE cardinality(excluded.left_ids || excluded.right_ids) < cardinality(t.left_ids || t.right_ids)
    RETURNING id
""")
_IDS: Final = "ANY(CAST(:ids AS text[]))"
_UNNAME: Final = text(f"DELETE FROM decision_profile WHERE decision_id = {_IDS}")
_NAME: Final = text(f"""
    INSERT INTO decision_profile (profile_id, decision_id)
    SELECT unnest(left_ids || right_ids), id FROM decision WHERE id = {_IDS} ON CONFLICT DO NOTHING
""")
_CHAIN: Final = text(f"""
    WITH RECURSIVE chain AS (
        SELECT id, undoes FROM decision WHERE id = {_IDS}
        UNION
        SELECT d.id, d.undoes FROM decision d JOIN chain c ON d.undoes = c.id OR d.id = c.undoes
    )
    SELECT d.* FROM decision d WHERE d.id IN (SELECT id FROM chain)
""")
_SET_FORCE: Final = text(f"""
    UPDATE decision d SET in_force = r.in_force FROM {recordset(id="text", in_force="boolean")} WHERE d.id = r.id
""")
_ABOUT: Final = text(f"""
    SELECT d.* FROM decision d
    WHERE d.in_force AND d.id IN (SELECT decision_id FROM decision_profile WHERE profile_id = ANY({id_list("ids")}))
""")
_EXISTING: Final = text(f"SELECT id FROM profile WHERE id = ANY({id_list('ids')})")
_ONE: Final = text("SELECT * FROM decision WHERE id = :id")
_NEWEST: Final = text("SELECT max(decided_at) FROM decision")


@dataclass(frozen=True, slots=True)
class Stored:
    """A decision, and whether it is in force."""

    decision: Decision
    in_force: bool


async def save_decisions(tx: AsyncConnection, made: Iterable[DecisionMade]) -> frozenset[str]:
    """Store decisions; return the profiles named by what is new, and by what it takes back or brings back."""
    rows = {event.decision_id: _row(event) for event in made if _is_readable(event)}
    saved = list((await tx.execute(_SAVE, records(list(_COLUMNS), rows.values()))).scalars())
    if not saved:
        return frozenset()
    await tx.execute(_UNNAME, {"ids": saved})
    await tx.execute(_NAME, {"ids": saved})
    chain = {row.id: (_decision(row), row.in_force) for row in await tx.execute(_CHAIN, {"ids": saved})}
    active = in_force(decision for decision, _ in chain.values())
    turned = {id_ for id_, (_, was) in chain.items() if was is not (id_ in active)}
    if turned:
        await tx.execute(_SET_FORCE, records(["id", "in_force"], ((id_, id_ in active) for id_ in sorted(turned))))
    return frozenset().union(*(chain[id_][0].profiles for id_ in turned | set(saved)))


async def decision_of(tx: AsyncConnection, decision_id: str) -> Stored | None:
    """Return the decision with this id."""
    row = (await tx.execute(_ONE, {"id": storable(decision_id)})).one_or_none()
    return Stored(_decision(row), row.in_force) if row else None


async def newest_moment(tx: AsyncConnection) -> datetime | None:
    """Return when the newest decision was made."""
    newest: datetime | None = (await tx.execute(_NEWEST)).scalar_one()
    return newest


async def existing(tx: AsyncConnection, profile_ids: Iterable[str]) -> frozenset[str]:
    """Return those of the profiles that the store has."""
    return frozenset((await tx.execute(_EXISTING, {"ids": joined(profile_ids)})).scalars())


async def active_constraints(tx: AsyncConnection, profile_ids: Iterable[str]) -> list[Constraint]:
    """Return what the decisions in force that name any of these profiles demand."""
    found = await tx.execute(_ABOUT, {"ids": joined(profile_ids)})
    return [constraint for row in found for constraint in constraints_of(_decision(row))]


def _is_readable(event: DecisionMade) -> bool:
    """Tell whether this version knows the verb; what a later one decides is nothing to it."""
    return event.verb in set(Verb)


def _row(event: DecisionMade) -> Sequence[Any]:
    texts = (event.value, event.note, event.origin)
    sides = (sorted({storable(id_) for id_ in side}) for side in (event.left, event.right))
    undoes = storable(event.undoes) if event.undoes else None
    return (
        *(storable(event.decision_id), event.verb, storable(event.actor), event.decided_at),
        *(*sides, *map(storable, texts), undoes),
    )


def _decision(row: Any) -> Decision:
    return Decision(
        id=row.id,
        verb=Verb(row.verb),
        decided_at=row.decided_at,
        actor=row.actor,
        left=frozenset(row.left_ids),
        right=frozenset(row.right_ids),
        value=row.value,
        note=row.note,
        origin=row.origin,
        undoes=row.undoes,
    )
