"""The keys under which profiles are compared."""

from collections.abc import Collection, Iterable
from typing import Final

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from bdc_identity.matching.blocking import MAX_BLOCK, BlockKey
from bdc_identity.store.bulk import id_list, joined, records, recordset

_ROW: Final = {"key": "bigint", "profile_id": "text", "tag": "int"}
_SAVE: Final = text(f"""
    INSERT INTO block_key (key, profile_id, tag) SELECT key, profile_id, tag FROM {recordset(**_ROW)}
    ON CONFLICT DO NOTHING
""")
_DROP: Final = text(f"""
    DELETE FROM block_key b USING {recordset(**_ROW)} WHERE (b.key, b.profile_id, b.tag) = (r.key, r.profile_id, r.tag)
""")
_OF_PROFILES: Final = text(f"SELECT profile_id, key, tag FROM block_key WHERE profile_id = ANY({id_list('ids')})")
_BLOCKS: Final = text(f"""
    SELECT r.key, b.profile_id, b.tag FROM {recordset(key="bigint")}, LATERAL (
        SELECT profile_id, tag FROM block_key WHERE key = r.key LIMIT :limit
    ) AS b
""")


async def keys_of(tx: AsyncConnection, profiles: Iterable[str]) -> set[tuple[str, BlockKey]]:
    """Return the stored keys of profiles."""
    rows = (await tx.execute(_OF_PROFILES, {"ids": joined(profiles)})).all()
    return {(id_, BlockKey(key, tag)) for id_, key, tag in rows}


async def change_keys(
    tx: AsyncConnection, added: Collection[tuple[str, BlockKey]], dropped: Collection[tuple[str, BlockKey]]
) -> None:
    """Store and remove keys of profiles."""
    for statement, rows in ((_SAVE, added), (_DROP, dropped)):
        if rows:
            parameter = records(list(_ROW), ((item.key, id_, item.tag) for id_, item in sorted(rows)))
            await tx.execute(statement, parameter)


async def load_blocks(
    tx: AsyncConnection, keys: Collection[int], *, beyond: int
) -> dict[int, set[tuple[str, BlockKey]]]:
    """Return who has which of `keys`; of those that many have, `beyond` rows more than `MAX_BLOCK` are enough."""
    blocks: dict[int, set[tuple[str, BlockKey]]] = {key: set() for key in keys}
    if keys:
        parameters = records(["key"], ([key] for key in keys)) | {"limit": MAX_BLOCK + beyond + 1}
        for key, id_, tag in (await tx.execute(_BLOCKS, parameters)).all():
            blocks[key].add((id_, BlockKey(key, tag)))
    return blocks
