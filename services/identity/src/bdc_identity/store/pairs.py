"""Links and candidates: rows about two profiles."""

from collections.abc import Collection, Iterable, Mapping
from typing import Final, TypeAlias

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from bdc_identity.links import Candidate, Link
from bdc_identity.store.bulk import id_list, joined, records, recordset

Pair: TypeAlias = tuple[str, str]

_PAIR: Final = {"left_id": "text", "right_id": "text"}
_LINK: Final = {**_PAIR, "bits": "double precision", "reasons": "text[]"}
_CANDIDATE: Final = {**_LINK, "clash": "text"}


def _touching(table: str, columns: str) -> str:
    """Two look-ups rather than an OR, which the planner answers by reading the whole index."""
    return f"""
        SELECT {columns} FROM {table} WHERE left_id = ANY({id_list("ids")})
        UNION SELECT {columns} FROM {table} WHERE right_id = ANY({id_list("ids")})
    """


def _upsert(table: str, columns: Collection[str], types: str) -> str:
    values = ", ".join(f"{name} = excluded.{name}" for name in columns if name not in _PAIR)
    names = ", ".join(columns)
    return f"""
        INSERT INTO {table} ({names}) SELECT {names} FROM {types}
        ON CONFLICT (left_id, right_id) DO UPDATE SET {values}
    """


def _delete(table: str) -> str:
    return f"DELETE FROM {table} t USING {recordset(**_PAIR)} WHERE (t.left_id, t.right_id) = (r.left_id, r.right_id)"


_LINKS_OF: Final = text(_touching("link", ", ".join(_LINK)))
_SAVE_LINKS: Final = text(_upsert("link", list(_LINK), recordset(**_LINK)))
_DROP_LINKS: Final = text(_delete("link"))
_CANDIDATES_OF: Final = text(_touching("candidate", ", ".join(_CANDIDATE)))
_SAVE_CANDIDATES: Final = text(_upsert("candidate", list(_CANDIDATE), recordset(**_CANDIDATE)))
_DROP_CANDIDATES: Final = text(_delete("candidate"))


async def links_of(tx: AsyncConnection, profiles: Iterable[str]) -> dict[Pair, Link]:
    """Return every stored link of which one of `profiles` is an end."""
    rows = (await tx.execute(_LINKS_OF, {"ids": joined(profiles)})).all()
    return {(left, right): Link(left, right, bits, tuple(reasons)) for left, right, bits, reasons in rows}


async def replace_links(tx: AsyncConnection, before: Mapping[Pair, Link], after: Mapping[Pair, Link]) -> set[Pair]:
    """Make the stored links `before` those of `after`; return the pairs for which that changed anything."""
    saved = {pair: link for pair, link in after.items() if before.get(pair) != link}
    gone = before.keys() - after.keys()
    if saved:
        rows = ((link.left, link.right, link.bits, link.reasons) for link in saved.values())
        await tx.execute(_SAVE_LINKS, records(list(_LINK), rows))
    if gone:
        await tx.execute(_DROP_LINKS, records(list(_PAIR), sorted(gone)))
    return saved.keys() | gone


async def replace_candidates(
    tx: AsyncConnection, profiles: Iterable[str], after: Iterable[Candidate]
) -> list[Candidate]:
    """Make `after` the candidates of which one of `profiles` is an end; return those that were none before.

    Profiles of which there can be none yet need not be among `profiles`.
    """
    now = {(candidate.left, candidate.right): candidate for candidate in after}
    known = joined(profiles)
    rows = (await tx.execute(_CANDIDATES_OF, {"ids": known})).all() if known else ()
    before = {
        (left, right): Candidate(left, right, bits, tuple(reasons), clash) for left, right, bits, reasons, clash in rows
    }
    saved = [candidate for pair, candidate in now.items() if before.get(pair) != candidate]
    if saved:
        values = ((each.left, each.right, each.bits, each.reasons, each.clash) for each in saved)
        await tx.execute(_SAVE_CANDIDATES, records(list(_CANDIDATE), values))
    if gone := before.keys() - now.keys():
        await tx.execute(_DROP_CANDIDATES, records(list(_PAIR), sorted(gone)))
    return [candidate for candidate in saved if (candidate.left, candidate.right) not in before]
