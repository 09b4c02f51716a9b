"""Many values in one parameter, as JSON or joined: asyncpg takes several times as long to encode arrays."""

from collections.abc import Iterable, Sequence
from typing import Any

import orjson


def recordset(parameter: str = "records", /, **columns: str) -> str:
    """Return the table expression for the records in `parameter`; `columns` maps names to SQL types."""
    types = ", ".join(f"{name} {kind}" for name, kind in columns.items())
    return f"json_to_recordset(CAST(:{parameter} AS json)) AS r ({types})"


def records(columns: Sequence[str], rows: Iterable[Sequence[Any]], parameter: str = "records") -> dict[str, str]:
    """Return the parameter that `recordset` reads; `rows` have their values in the order of `columns`."""
    return {parameter: orjson.dumps([dict(zip(columns, row, strict=True)) for row in rows]).decode()}


def id_list(name: str) -> str:
    """Return the array expression for the ids in the parameter `name`, which `joined` makes."""
    return f"string_to_array(:{name}, ',')"


def joined(ids: Iterable[str]) -> str:
    """Return ids (hexadecimal digests) as one parameter."""
    return ",".join(ids)
