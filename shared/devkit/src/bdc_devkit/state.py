"""A digest of what a system knows, to compare two runs that should have ended alike.

It covers every table of every service's schema, but not what depends on when or in which order facts came: times of
ingestion, sequence numbers, revisions, surrogate keys, embeddings, the outbox and the run history.
"""

import hashlib
from dataclasses import dataclass

import asyncpg

INCIDENTAL_COLUMNS = frozenset(
    {"ingested_at", "updated_at", "observed_at", "revised_at", "changed_at", "created_at", "indexed_at", "stored_at"}
    | {"seq", "revision", "embedding", "version", "snapshot"}
)
INCIDENTAL_TABLES = frozenset({"alembic_version", "outbox"})
INCIDENTAL_SCHEMAS = frozenset({"public", "dashboard"})

COLUMNS = """
SELECT n.nspname AS schema, c.relname AS name,
       array_agg(a.attname ORDER BY a.attnum) FILTER (
           WHERE a.attidentity = '' AND a.attgenerated = '' AND t.typname NOT IN ('vector', 'halfvec', 'tsvector')
             AND coalesce(pg_get_expr(d.adbin, d.adrelid), '') NOT LIKE 'nextval(%'
       ) AS columns
FROM pg_class c
JOIN pg_namespace n ON n.oid = c.relnamespace
JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
JOIN pg_type t ON t.oid = a.atttypid
LEFT JOIN pg_attrdef d ON d.adrelid = c.oid AND d.adnum = a.attnum
WHERE c.relkind IN ('r', 'p') AND n.nspname NOT LIKE 'pg\\_%' AND n.nspname <> 'information_schema'
GROUP BY 1, 2 ORDER BY 1, 2
"""


@dataclass(frozen=True, slots=True)
class TableState:
    """A table's number of rows and a digest of them that does not depend on their order."""

    table: str
    rows: int
    digest: str


@dataclass(frozen=True, slots=True)
class SystemState:
    """What all services together know."""

    tables: tuple[TableState, ...]

    @property
    def digest(self) -> str:
        """One digest over all tables; equal for equal content."""
        lines = "\n".join(f"{table.table} {table.rows} {table.digest}" for table in self.tables)
        return hashlib.blake2b(lines.encode(), digest_size=16).hexdigest()


async def system_state(database_url: str) -> SystemState:
    """Read the state of all schemas in one snapshot."""
    connection = await asyncpg.connect(database_url)
    try:
        async with connection.transaction(isolation="repeatable_read", readonly=True):
            found = [
                await _table_state(connection, row["schema"], row["name"], row["columns"] or [])
                for row in await connection.fetch(COLUMNS)
                if row["schema"] not in INCIDENTAL_SCHEMAS and row["name"] not in INCIDENTAL_TABLES
            ]
    finally:
        await connection.close()
    return SystemState(tuple(found))


async def _table_state(
    connection: "asyncpg.Connection[asyncpg.Record]", schema: str, name: str, columns: list[str]
) -> TableState:
    natural = ", ".join(f'"{column}"' for column in columns if column not in INCIDENTAL_COLUMNS)
    row = await connection.fetchrow(
        f"SELECT count(*) AS rows, coalesce(sum(hashtextextended(ROW({natural})::text, 0)::numeric), 0) AS digest"
        f' FROM "{schema}"."{name}"'
    )
    assert row is not None  # noqa: S101  (an aggregate always has a row)
    return TableState(f"{schema}.{name}", row["rows"], str(row["digest"]))
