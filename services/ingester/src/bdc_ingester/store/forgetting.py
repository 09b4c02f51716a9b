"""Forgotten people out of the rows: whatever text or JSON of an object, a log or a verdict names them."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

import orjson
from bdc_chassis.forgetting import Redactor
from sqlalchemy import RowMapping, text
from sqlalchemy.ext.asyncio import AsyncConnection

from bdc_ingester.store.tables import JSON_FIELDS

PAGE: Final = 500


@dataclass(frozen=True, slots=True)
class Searched:
    """A table, and its columns that can name somebody."""

    table: str
    key: tuple[str, ...]
    columns: tuple[str, ...]


SEARCHED: Final = (
    Searched(
        "checkout",
        ("id",),
        (
            *("tree_name", "git_repository_url", "git_commit_name", "git_commit_tags", "git_commit_message"),
            *("git_repository_branch", "patchset_files", "message_id", "comment", "log_url", "log_excerpt", "misc"),
        ),
    ),
    Searched(
        "build",
        ("id",),
        ("comment", "command", "config_url", "log_url", "log_excerpt", "input_files", "output_files", "misc"),
    ),
    Searched(
        "test",
        ("id",),
        (
            *("comment", "log_url", "log_excerpt", "environment_comment", "environment_misc", "environment_compatible"),
            *("input_files", "output_files", "misc"),
        ),
    ),
    Searched("issue", ("id", "version"), ("report_url", "report_subject", "comment", "categories", "misc")),
    Searched("incident", ("id",), ("comment", "misc")),
    Searched("log", ("digest",), ("text",)),
    Searched("rejection", ("name", "digest"), ("error",)),
)


async def forget_in(tx: AsyncConnection, searched: Searched, redactor: Redactor) -> list[tuple[Any, ...]]:
    """Take forgotten people out of a table's rows; return the keys of those that named them."""
    keys: list[tuple[Any, ...]] = []
    async with tx.stream(text(_naming(searched)), execution_options={"yield_per": PAGE}) as rows:
        found = [(row, changed) async for row in rows.mappings() if (changed := _changes(searched, row, redactor))]
    for row, changed in found:
        key = {name: row[name] for name in searched.key}
        await tx.execute(
            text(_update(searched, changed)), {f"key_{name}": value for name, value in key.items()} | changed
        )
        keys.append(tuple(key.values()))
    return keys


def _naming(searched: Searched) -> str:
    """Return the query for rows that hold an address, of whomever."""
    columns = ", ".join((*searched.key, *(f"{name}::text AS {name}" for name in searched.columns)))
    texts = ", ".join(f"{name}::text" for name in searched.columns)
    return f"SELECT {columns} FROM {searched.table} WHERE concat_ws(' ', {texts}) LIKE '%@%'"


def _changes(searched: Searched, row: RowMapping, redactor: Redactor) -> dict[str, str]:
    values = ((name, row[name]) for name in searched.columns if row[name] and "@" in row[name])
    return {name: new for name, value in values if (new := _without(name, value, redactor)) != value}


def _without(name: str, value: str, redactor: Redactor) -> str:
    if name not in JSON_FIELDS:
        return redactor.text(value)
    document = orjson.loads(value)
    changed = redactor.without(document)
    return value if changed == document else orjson.dumps(changed).decode()


def _update(searched: Searched, changed: Mapping[str, str]) -> str:
    types = {name: "jsonb" if name in JSON_FIELDS else "text" for name in changed}
    assigned = ", ".join(f"{name} = CAST(:{name} AS {types[name]})" for name in changed)
    return f"UPDATE {searched.table} SET {assigned} WHERE " + " AND ".join(
        f"{name} = :key_{name}" for name in searched.key
    )
