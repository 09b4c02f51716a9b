"""How submissions of one object become one row.

An object is sent in pieces and corrected by sending it again, so the rule is kept per field: of the submissions that
have the field, the latest one counts, whatever order they are stored in. `revision` is when a row was last submitted;
`revisions` says for each field of a row with more than one submission which one its value is from, and is null before.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cache
from typing import Any, Final, TypeAlias

from bdc_ingester.store.tables import EXCERPT, LOG, Kind

Row: TypeAlias = tuple[Any, ...]

# A revision is milliseconds and, so that two submissions of one moment have an order, some bits of the digest.
DIGEST_BITS: Final = 20

# Two columns, of which one holds the excerpt: they are one field.
_TOGETHER: Final[Mapping[str, tuple[str, ...]]] = {EXCERPT: (EXCERPT, LOG)}

# An object belongs to the origin that sent it first: nobody else changes it.
CHANGED: Final = "t.revision <> excluded.revision AND t.origin = excluded.origin"


def revision(submitted_ms: int, digest: str) -> int:
    """Return the place of a submission among all submissions."""
    return submitted_ms << DIGEST_BITS | int(digest[: DIGEST_BITS // 4], 16)


@cache
def assignments(kind: Kind) -> Mapping[str, str]:
    """Return what each column becomes when a row is stored and another submission of it comes, in SQL."""
    fields = [name for name in kind.fields if name not in kind.key]
    assign: dict[str, str] = {}
    sources: list[str] = []
    for field in fields:
        columns = _TOGETHER.get(field, (field,))
        stored = _present("t", columns)
        since = f"coalesce((t.revisions->>'{field}')::bigint, t.revision)"
        taken = f"{_present('excluded', columns)} AND (NOT {stored} OR excluded.revision > {since})"
        for column in columns:
            assign[column] = f'CASE WHEN {taken} THEN excluded."{column}" ELSE t."{column}" END'
        sources.append(f"'{field}', CASE WHEN {taken} THEN excluded.revision WHEN {stored} THEN {since} END")
    assign["revision"] = "greatest(t.revision, excluded.revision)"
    assign["revisions"] = f"jsonb_strip_nulls(jsonb_build_object({', '.join(sources)}))"
    return assign


def _present(side: str, columns: Sequence[str]) -> str:
    return "(" + " OR ".join(f'{side}."{column}" IS NOT NULL' for column in columns) + ")"


def joined(kind: Kind, records: Sequence[Row]) -> Sequence[Row]:
    """Return one record for each object of a file: of two values of a field the later one counts."""
    width = len(kind.key)
    place = [kind.fields.index(name) for name in kind.key]
    by_key: dict[Row, Row] = {}
    for record in records:
        key = tuple(record[index] for index in place) if width > 1 else (record[place[0]],)
        earlier = by_key.get(key)
        by_key[key] = record if earlier is None else tuple(map(_later, earlier, record))
    return records if len(by_key) == len(records) else list(by_key.values())


def _later(earlier: Any, later: Any) -> Any:
    return earlier if later is None else later


def rounds(kind: Kind, rows: Iterable[Row]) -> Iterator[list[Row]]:
    """Yield the rows such that no object comes twice in a round; mostly there is only one."""
    place = [kind.fields.index(name) for name in kind.key]
    times: dict[Row, int] = {}
    found: list[list[Row]] = []
    for row in rows:
        key = tuple(row[index] for index in place)
        number = times[key] = times.get(key, -1) + 1
        if number == len(found):
            found.append([])
        found[number].append(row)
    yield from found
