"""What sources showed: profiles, their names, contexts and evidence, each with when it was first and last seen."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from sqlalchemy import text
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
        self._table = table
        self._columns = (*key, *values, "first_seen", "last_seen")
        types = dict.fromkeys((*key, *values), "text") | dict.fromkeys(("first_seen", "last_seen"), "timestamptz")
        columns = ", ".join(self._columns)
        # A row that this statement inserted, rather than updated, has no xmax.
        self.widen = f"""
            INSERT INTO {table} AS t ({columns}) SELECT {columns} FROM {recordset(table, **types)}
            ON CONFLICT ({", ".join(key)}) DO UPDATE SET
                first_seen = least(t.first_seen, excluded.first_seen),
                last_seen = greatest(t.last_seen, excluded.last_seen)
            WHERE excluded.first_seen < t.first_seen OR excluded.last_seen > t.last_seen
                OR t.first_seen IS NULL AND excluded.first_seen IS NOT NULL
                OR t.last_seen IS NULL AND excluded.last_seen IS NOT NULL
            RETURNING {", ".join(f"t.{name}" for name in key)}, t.xmax = 0 AS is_new
        """

    def records(self, rows: Mapping[tuple[str, ...], Period]) -> dict[str, str]:
        """Return the parameter of `widen`, which inserts rows or widens their periods."""
        return records(self._columns, ((*row, *period) for row, period in rows.items()), self._table)


_PROFILES: Final = _Facts("profile", ["id"], ["platform", "account"])
_NAMES: Final = _Facts("profile_name", ["profile_id", "name"])
_CONTEXTS: Final = _Facts("profile_context", ["profile_id", "domain", "context", "visibility"])
_EVIDENCE: Final = _Facts("evidence", ["profile_id", "kind", "value", "qualifier"])
# All four at once, as a single newcomer waits for nothing but statements; it returns what was not there before.
_SAVE: Final = text(f"""
    WITH profiles AS ({_PROFILES.widen}), names AS ({_NAMES.widen}), contexts AS ({_CONTEXTS.widen}),
        evidence AS ({_EVIDENCE.widen})
    SELECT 'profile' AS fact, id, NULL AS kind, NULL AS value FROM profiles WHERE is_new
    UNION ALL SELECT 'name', profile_id, NULL, NULL FROM names WHERE is_new
    UNION ALL SELECT 'evidence', profile_id, kind, value FROM evidence WHERE is_new
""")
_LISTS: Final = text(f"""
    INSERT INTO list_address (address) SELECT address FROM {recordset(address="text")}
    ON CONFLICT DO NOTHING RETURNING address
""")


async def save(tx: AsyncConnection, seen: Sightings) -> Learned:
    """Store a batch and return what is new in it."""
    parameters = _PROFILES.records(seen.profiles) | _NAMES.records(seen.names)
    parameters |= _CONTEXTS.records(seen.contexts) | _EVIDENCE.records(seen.evidence)
    rows = (await tx.execute(_SAVE, parameters)).all()
    lists = await _save_lists(tx, seen.lists) if seen.lists else ()
    return Learned(
        profiles=frozenset(id_ for _, id_, _, _ in rows),
        newcomers=frozenset(id_ for fact, id_, _, _ in rows if fact == "profile"),
        holders=Counter((KINDS[kind], value) for fact, _, kind, value in rows if fact == "evidence"),
        lists=frozenset(lists),
    )


async def _save_lists(tx: AsyncConnection, addresses: set[str]) -> Sequence[str]:
    parameter = records(["address"], ([address] for address in sorted(addresses)))
    return (await tx.execute(_LISTS, parameter)).scalars().all()
