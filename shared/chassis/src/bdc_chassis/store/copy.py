"""Set-based upserts: COPY into a temporary table, then one INSERT … ON CONFLICT.

The temporary table lives as long as its connection and is emptied on commit, so that the catalogue does not churn.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from hashlib import blake2b
from operator import itemgetter
from typing import Any, TypeAlias

from sqlalchemy import ARRAY, JSON, String, Table
from sqlalchemy.dialects.postgresql import dialect
from sqlalchemy.ext.asyncio import AsyncConnection

from bdc_chassis.store.text import needs_care, storable, storable_json, storable_value

Row: TypeAlias = tuple[Any, ...]

_preparer = dialect().identifier_preparer  # type: ignore[no-untyped-call]


async def copy_upsert(
    tx: AsyncConnection,
    table: Table,
    rows: Sequence[Row | Mapping[str, Any]],
    *,
    key: Sequence[str],
    columns: Sequence[str] | None = None,
    newer: str | None = None,
    assign: Mapping[str, str] | None = None,
    order: Sequence[str] = (),
) -> int:
    """Insert `rows`, or update what is there under the same `key`; return how many rows that changed.

    Args:
        tx: a connection in a transaction, which the caller commits.
        table: the target; JSON columns take Python values, text columns any string (NUL becomes U+FFFD).
        rows: tuples in the order of `columns`, or mappings by column name.
        key: the columns of a unique constraint.
        columns: what the rows hold; by default the mapping's names, or all columns of the table.
        newer: SQL condition under which a stored row is replaced, with `t` for the stored row and `excluded` for
            the new one, such as `(t.observed_at, t.seq) < (excluded.observed_at, excluded.seq)`. Without it a row
            is replaced whenever it differs.
        assign: SQL expressions, over `t` and `excluded`, for columns whose new value is not just that of the new row.
        order: of rows with the same key, the one greatest by these columns counts (none of them null), by default
            the last.
    """
    if not rows:
        return 0
    plan = _plan(table, rows[0], tuple(key), tuple(columns or ()), newer=newer, assign=assign or {})
    records = _distinct(_tidy(table, plan.columns, _tuples(rows, plan.columns)), plan.columns, key, order)
    driver = (await tx.get_raw_connection()).driver_connection
    assert driver is not None  # noqa: S101  (only a closed connection has none)
    if not driver.is_in_transaction():  # SQLAlchemy begins with its own first statement
        await tx.exec_driver_sql("SELECT 1")
    await driver.execute(plan.prepare)
    await driver.copy_records_to_table(plan.staging, records=records, columns=plan.columns, schema_name="pg_temp")
    status: str = await driver.execute(plan.upsert)
    return int(status.rpartition(" ")[2])


@dataclass(frozen=True, slots=True)
class _Plan:
    columns: tuple[str, ...]
    staging: str
    prepare: str
    upsert: str


def _plan(
    table: Table,
    first: Row | Mapping[str, Any],
    key: Row,
    columns: Row,
    *,
    newer: str | None,
    assign: Mapping[str, str],
) -> _Plan:
    if not columns:
        columns = tuple(first) if isinstance(first, Mapping) else _own_columns(table)
    names = ", ".join(map(_quote, columns))
    target = _preparer.format_table(table)
    staging = "copy_" + blake2b(f"{target}({names})".encode(), digest_size=12).hexdigest()
    values = [column for column in columns if column not in key]
    prepare = (
        f"CREATE TEMP TABLE IF NOT EXISTS {staging} ON COMMIT DELETE ROWS AS SELECT {names} FROM {target} WITH NO DATA;"
        f"DELETE FROM pg_temp.{staging}"
    )
    upsert = (
        f"INSERT INTO {target} AS t ({names}) SELECT {names} FROM pg_temp.{staging} "
        f"ON CONFLICT ({', '.join(map(_quote, key))}) {_on_conflict(values, newer, assign)}"
    )
    return _Plan(columns, staging, prepare, upsert)


def _own_columns(table: Table) -> tuple[str, ...]:
    return tuple(column.name for column in table.columns if column.computed is None)


def _on_conflict(values: Sequence[str], newer: str | None, assign: Mapping[str, str]) -> str:
    if not values:
        return "DO NOTHING"
    changes = ", ".join(f"{_quote(name)} = {assign.get(name, f'excluded.{_quote(name)}')}" for name in values)
    stored, new = (", ".join(f"{side}.{_quote(name)}" for name in values) for side in ("t", "excluded"))
    return f"DO UPDATE SET {changes} WHERE {newer or f'ROW({stored}) IS DISTINCT FROM ROW({new})'}"


def _quote(name: str) -> str:
    return _preparer.quote(name)


def _tuples(rows: Sequence[Row | Mapping[str, Any]], columns: Sequence[str]) -> Sequence[Row]:
    if isinstance(rows[0], Mapping):
        pick: Callable[[Any], Any] = itemgetter(*columns)
        return list(map(pick, rows)) if len(columns) > 1 else [(pick(row),) for row in rows]
    return rows  # type: ignore[return-value]  # all rows are of one kind


def _tidy(table: Table, columns: Sequence[str], rows: Sequence[Row]) -> Sequence[Row]:
    mended: dict[int, Iterable[Any]] = {}
    for index, name in enumerate(columns):
        kind = table.columns[name].type
        if isinstance(kind, JSON):
            mended[index] = [storable_json(row[index]) for row in rows]
        elif isinstance(kind, ARRAY):
            mended[index] = [storable_value(row[index]) for row in rows]
        elif isinstance(kind, String) and needs_care(texts := [row[index] for row in rows]):
            mended[index] = [text if text is None else storable(text) for text in texts]
    if not mended:
        return rows
    return list(zip(*(mended.get(i) or [row[i] for row in rows] for i in range(len(columns))), strict=True))


def _distinct(rows: Sequence[Row], columns: Sequence[str], key: Sequence[str], order: Sequence[str]) -> list[Row]:
    """Return one row per key; sorted by key, so that two writers lock shared rows in the same order."""
    identity = itemgetter(*map(columns.index, key))
    if order:
        rows = sorted(rows, key=itemgetter(*map(columns.index, order)))
    return sorted({identity(row): row for row in rows}.values(), key=identity)
