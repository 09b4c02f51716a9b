"""Who has a key, and which keys are nobody's own."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from typing import Final

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from bdc_identity.addresses import AddressRules
from bdc_identity.evidence import KINDS, Kind
from bdc_identity.hard_links import MAX_HOLDERS
from bdc_identity.resolve import Profile
from bdc_identity.store.bulk import records, recordset
from bdc_identity.trust import Key, Trust

_KEY: Final = {"kind": "text", "value": "text"}
# OFFSET 0 keeps each subquery a look-up per row: statistics lag behind tables that grow this fast, and the planner,
# left alone, reads a whole table for a thousand keys (measured: 86 ms for what takes 8 at 64,000 profiles).
_HOLDERS: Final = text(f"""
    SELECT r.kind, r.value, e.profile_id FROM {recordset(**_KEY)}, LATERAL (
        SELECT DISTINCT profile_id FROM evidence WHERE kind = r.kind AND value = r.value LIMIT :limit OFFSET 0
    ) AS e
    WHERE NOT EXISTS (SELECT FROM crowded_key c WHERE (c.kind, c.value) = (r.kind, r.value))
        AND NOT (r.kind = 'email' AND :own AND EXISTS (SELECT FROM list_address l WHERE l.address = r.value))
""")
_NOBODYS: Final = text(f"""
    SELECT r.kind, r.value, l.address IS NOT NULL AS is_list
    FROM {recordset(**_KEY)}
    LEFT JOIN list_address l ON l.address = r.value AND r.kind = 'email'
    LEFT JOIN crowded_key c ON (c.kind, c.value) = (r.kind, r.value)
    WHERE l.address IS NOT NULL OR c.kind IS NOT NULL
""")
_CROWD: Final = text(f"""
    INSERT INTO crowded_key (kind, value) SELECT kind, value FROM {recordset(**_KEY)} ON CONFLICT DO NOTHING
""")
_ANY_NUMBER: Final = 1_000_000


async def load_trust(tx: AsyncConnection, profiles: Iterable[Profile], rules: AddressRules) -> Trust:
    """Return what the corpus says of the keys of these profiles."""
    keys = {item.key for profile in profiles for item in profile.evidence}
    lists: set[str] = set()
    crowded: set[Key] = set()
    if keys:
        for row in await tx.execute(_NOBODYS, records(list(_KEY), keys)):
            if row.is_list:
                lists.add(row.value)
            else:
                crowded.add((KINDS[row.kind], row.value))
    return Trust(rules, frozenset(lists), frozenset(crowded))


async def holders_of(tx: AsyncConnection, keys: Collection[Key], gained: Mapping[Key, int]) -> set[str]:
    """Return who has any of `keys` that is somebody's own; `gained` says how many profiles have got which key just now.

    A key that too many have is remembered as such. Its holders are returned just once, when it turns out to be: they
    are joined by it no more.
    """
    if not keys:
        return set()
    limit = MAX_HOLDERS + max(gained.values(), default=0) + 1
    found = await _holders(tx, keys, limit, own=True)
    crowded = {key for key, ids in found.items() if len(ids) > MAX_HOLDERS}
    if crowded:
        await tx.execute(_CROWD, records(list(_KEY), sorted(crowded)))
    old = {key for key in crowded if len(found[key]) - gained.get(key, 0) > MAX_HOLDERS}
    return {id_ for key, ids in found.items() if key not in old for id_ in ids}


async def users_of(tx: AsyncConnection, addresses: Iterable[str]) -> set[str]:
    """Return who has any of the addresses, however many they are."""
    found = await _holders(tx, [(Kind.EMAIL, address) for address in addresses], _ANY_NUMBER, own=False)
    return {id_ for ids in found.values() for id_ in ids}


async def _holders(tx: AsyncConnection, keys: Collection[Key], limit: int, *, own: bool) -> Mapping[Key, set[str]]:
    found: dict[Key, set[str]] = defaultdict(set)
    parameters = records(list(_KEY), sorted(keys)) | {"limit": limit, "own": own}
    for kind, value, id_ in (await tx.execute(_HOLDERS, parameters)).all():
        found[KINDS[kind], value].add(id_)
    return found
