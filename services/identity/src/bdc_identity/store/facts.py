"""What sources showed: profiles, their names, contexts and evidence, each with when it was first and last seen."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import Row, text
from sqlalchemy.ext.asyncio import AsyncConnection

from bdc_identity.evidence import KINDS
from bdc_identity.sightings import Period, Sightings
from bdc_identity.store.bulk import records, recordset
from bdc_identity.trust import Key


@dataclass(frozen=True, slots=True)
class Learned:
    """What a batch added that can change who somebody is; empty where it only widened periods.

    `profiles` are those with anything new, `newcomers` the ones of them that were not there at all; `holders` counts
    the profiles that got a key.
    """

    profiles: frozenset[str]
    newcomers: frozenset[str]
    holders: Mapping[Key, int]
    lists: frozenset[str]

    def __bool__(self) -> bool:
        return bool(self.profiles or self.lists)


class _Facts:
    """A table of facts: rows under a natural key, with the period in which each was seen."""

    def __init__(self, table: str, key: Sequence[str], values: Sequence[str] = ()) -> None:
        self._columns = (*key, *values, "first_seen", "last_seen")
        types = dict.fromkeys((*key, *values), "text") | dict.fromkeys(("first_seen", "last_seen"), "timestamptz")
        columns, keys = ", ".join(self._columns), ", ".join(key)
        # A row that this statement inserted, rather than updated, has no xmax.
        self._widen = text(f"""
            WITH written AS (
                INSERT INTO {table} AS t ({columns}) SELECT {columns} FROM {recordset(**types)}
                ON CONFLICT ({keys}) DO UPDATE SET
                    first_seen = least(t.first_seen, excluded.first_seen),
                    last_seen = greatest(t.last_seen, excluded.last_seen)
                WHERE excluded.first_seen < t.first_seen OR excluded.last_seen > t.last_seen
                    OR t.first_seen IS NULL AND excluded.first_seen IS NOT NULL
                    OR t.last_seen IS NULL AND excluded.last_seen IS NOT NULL
                RETURNING {", ".join(f"t.{name}" for name in key)}, t.xmax = 0 AS is_new
            )
            SELECT {keys} FROM written WHERE is_new
        """)

    async def widen(self, tx: AsyncConnection, rows: Mapping[tuple[str, ...], Period]) -> Sequence[Row[Any]]:
        """Insert rows or widen their periods; return the keys that were not there before."""
        if not rows:
            return ()
        values = ((*row, *period) for row, period in rows.items())
        return (await tx.execute(self._widen, records(self._columns, values))).all()


_PROFILES: Final = _Facts("profile", ["id"], ["platform", "account"])
_NAMES: Final = _Facts("profile_name", ["profile_id", "name"])
_CONTEXTS: Final = _Facts("profile_context", ["profile_id", "domain", "context", "visibility"])
_EVIDENCE: Final = _Facts("evidence", ["profile_id", "kind", "value", "qualifier"])
_LISTS: Final = text(f"""
    INSERT INTO list_address (address) SELECT address FROM {recordset(address="text")}
    ON CONFLICT DO NOTHING RETURNING address
""")


async def save(tx: AsyncConnection, seen: Sightings) -> Learned:
    """Store a batch and return what is new in it."""
    profiles = await _PROFILES.widen(tx, seen.profiles)
    names = await _NAMES.widen(tx, seen.names)
    await _CONTEXTS.widen(tx, seen.contexts)
    evidence = await _EVIDENCE.widen(tx, seen.evidence)
    lists = await _save_lists(tx, seen.lists) if seen.lists else ()
    return Learned(
        profiles=frozenset(row[0] for row in (*profiles, *names, *evidence)),
        newcomers=frozenset(row[0] for row in profiles),
        holders=Counter((KINDS[row.kind], row.value) for row in evidence),
        lists=frozenset(lists),
    )


async def _save_lists(tx: AsyncConnection, addresses: set[str]) -> Sequence[str]:
    parameter = records(["address"], ([address] for address in sorted(addresses)))
    return (await tx.execute(_LISTS, parameter)).scalars().all()
