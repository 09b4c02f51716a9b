"""What humans look at before and after they decide: the review queue, decisions and history."""

import math
from collections.abc import Iterable, Sequence
from typing import Any, Final

from bdc_chassis.store.text import storable
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from bdc_identity.store.members import members_of
from bdc_identity.store.queries import person_lines
from bdc_identity.store.references import profile_refs
from bdc_identity.views import (
    CandidatesPage,
    CandidateView,
    DecisionsPage,
    DecisionView,
    FormerMembership,
    History,
)

_PAIR: Final = """
    SELECT c.left_id, c.right_id, l.person_id AS left_person, r.person_id AS right_person, c.bits, c.reasons, c.clash
    FROM candidate c JOIN membership l ON l.profile_id = c.left_id JOIN membership r ON r.profile_id = c.right_id
    WHERE l.person_id <> r.person_id
"""
# Of several pairs of profiles of two people the strongest speaks. Rows come from an index, the strongest first, and
# each looks for a stronger one among the pairs of its own two people: nothing reads or sorts the whole queue.
_STRONGEST: Final = """
    NOT EXISTS (
        SELECT FROM membership m
        CROSS JOIN LATERAL (
            SELECT left_id, right_id, bits, right_id AS other FROM candidate WHERE left_id = m.profile_id
            UNION ALL SELECT left_id, right_id, bits, left_id FROM candidate WHERE right_id = m.profile_id
        ) AS d
        JOIN membership o ON o.profile_id = d.other
        WHERE m.person_id = l.person_id AND o.person_id = r.person_id
            AND (d.bits, c.left_id, c.right_id) > (c.bits, d.left_id, d.right_id)
    )
"""
_PAGE: Final = "ORDER BY c.bits DESC, c.left_id, c.right_id LIMIT :limit OFFSET :offset"
_CANDIDATES: Final = text(f"{_PAIR} AND {_STRONGEST} {_PAGE}")
_OF_ONE: Final = """
    (c.left_id, c.right_id) IN (
        SELECT d.left_id, d.right_id FROM membership m JOIN candidate d ON d.left_id = m.profile_id
        WHERE m.person_id = :person
        UNION SELECT d.left_id, d.right_id FROM membership m JOIN candidate d ON d.right_id = m.profile_id
        WHERE m.person_id = :person
    )
"""
_CANDIDATES_OF_ONE: Final = text(f"{_PAIR} AND {_OF_ONE} AND {_STRONGEST} {_PAGE}")
_COUNT_ROWS: Final = text("SELECT count(*) FROM candidate")
_COUNTED: Final = "SELECT count(DISTINCT (least(left_person, right_person), greatest(left_person, right_person)))"
_COUNT_PAIRS: Final = text(f"{_COUNTED} FROM ({_PAIR}) AS pair")
_COUNT_OF_ONE: Final = text(f"{_COUNTED} FROM ({_PAIR} AND {_OF_ONE}) AS pair")
EXACT: Final = 10_000
"""Up to so many pairs of profiles the queue is counted in pairs of people; beyond it that would take seconds."""

_WHOSE: Final = (
    "(CAST(:person AS text) IS NULL OR id IN (SELECT d.decision_id FROM decision_profile d"
    " JOIN membership m USING (profile_id) WHERE m.person_id = :person))"
)
_DECISIONS: Final = text(f"""
    SELECT * FROM decision WHERE {_WHOSE} OR undoes IN (SELECT id FROM decision WHERE {_WHOSE})
    ORDER BY decided_at DESC, id DESC LIMIT :limit OFFSET :offset
""")
_COUNT_DECISIONS: Final = text(f"SELECT count(*) FROM decision WHERE {_WHOSE}")
_DECISION: Final = text("SELECT * FROM decision WHERE id = :id")
_MEMBERSHIPS: Final = text("""
    SELECT profile_id, person_id, reason, changed_at AS since, NULL AS until FROM membership WHERE person_id = :person
    UNION ALL
    SELECT f.profile_id, f.person_id, f.reason, f.since, f.until
    FROM former_membership f JOIN membership m USING (profile_id) WHERE m.person_id = :person
    ORDER BY since DESC, profile_id LIMIT :limit
""")
_LONGEST_HISTORY: Final = 2000


async def candidates(tx: AsyncConnection, *, person: str | None, limit: int, offset: int) -> CandidatesPage:
    """Return pairs of people to decide about, all or those of one person, and how many there are (see `EXACT`)."""
    page = {"limit": limit, "offset": offset}
    if person is None:
        total = (await tx.execute(_COUNT_ROWS)).scalar_one()
        if total <= EXACT:
            total = (await tx.execute(_COUNT_PAIRS)).scalar_one()
        rows = (await tx.execute(_CANDIDATES, page)).all()
    else:
        total = (await tx.execute(_COUNT_OF_ONE, {"person": person})).scalar_one()
        rows = (await tx.execute(_CANDIDATES_OF_ONE, page | {"person": person})).all()
    refs = await profile_refs(tx, {id_ for row in rows for id_ in (row.left_id, row.right_id)})
    people = await person_lines(tx, {id_ for row in rows for id_ in (row.left_person, row.right_person)})
    found = tuple(
        CandidateView(
            left=refs[row.left_id],
            right=refs[row.right_id],
            left_person=people[row.left_person],
            right_person=people[row.right_person],
            odds=row.bits,
            chance=chance(row.bits),
            reasons=tuple(row.reasons),
            clash=row.clash,
        )
        for row in rows
    )
    return CandidatesPage(total=total, candidates=found)


def chance(bits: float) -> float:
    """Return the probability that log2 odds stand for."""
    return 1 / (1 + math.exp2(-max(min(bits, 64.0), -64.0)))


async def decisions(tx: AsyncConnection, *, person: str | None, limit: int, offset: int) -> DecisionsPage:
    """Return decisions, all or those about one person's profiles, the newest first."""
    total = (await tx.execute(_COUNT_DECISIONS, {"person": person})).scalar_one()
    rows = (await tx.execute(_DECISIONS, {"person": person, "limit": limit, "offset": offset})).all()
    return DecisionsPage(total=total, decisions=await _views(tx, rows))


async def decision(tx: AsyncConnection, decision_id: str) -> DecisionView | None:
    """Return one decision; None as long as the store has none of that id."""
    rows = (await tx.execute(_DECISION, {"id": storable(decision_id)})).all()
    return (await _views(tx, rows))[0] if rows else None


async def history(tx: AsyncConnection, id_: str) -> History:
    """Return who the profiles of a person belonged to when, and what was decided about them.

    Raises:
        NotFound: there is nobody with that id.
    """
    person = (await members_of(tx, id_)).person_id
    rows = (await tx.execute(_MEMBERSHIPS, {"person": person, "limit": _LONGEST_HISTORY})).all()
    refs = await profile_refs(tx, {row.profile_id for row in rows})
    memberships = tuple(
        FormerMembership(
            profile=refs[row.profile_id], person_id=row.person_id, reason=row.reason, since=row.since, until=row.until
        )
        for row in rows
        if row.profile_id in refs
    )
    made = await decisions(tx, person=person, limit=_LONGEST_HISTORY, offset=0)
    return History(memberships=memberships, decisions=made.decisions)


async def _views(tx: AsyncConnection, rows: Sequence[Any]) -> tuple[DecisionView, ...]:
    refs = await profile_refs(tx, {id_ for row in rows for id_ in (*row.left_ids, *row.right_ids)})

    def side(ids: Iterable[str]) -> tuple[Any, ...]:
        return tuple(refs[id_] for id_ in ids if id_ in refs)

    return tuple(
        DecisionView(
            id=row.id,
            verb=row.verb,
            actor=row.actor,
            decided_at=row.decided_at,
            left=side(row.left_ids),
            right=side(row.right_ids),
            value=row.value,
            note=row.note,
            origin=row.origin,
            undoes=row.undoes,
            in_force=row.in_force,
        )
        for row in rows
    )
