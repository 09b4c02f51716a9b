"""What the filters leave, newest first, where nothing is searched for."""

from collections.abc import Sequence
from typing import Final

from bdc_indexer.filters import Filters
from bdc_indexer.retrieval import ROWS, Arguments, Statement

_NEWEST: Final = """
WITH top AS (SELECT c.document, c.number, 0::float8 AS score FROM chunk c WHERE {where} AND c.number = 0
             ORDER BY c.occurred_at DESC NULLS LAST, c.document LIMIT {limit})
"""
_NEWEST_FIRST: Final = "ORDER BY d.occurred_at DESC NULLS LAST, d.document_id"


def listing(filters: Filters, limit: int, visible: Sequence[str]) -> Statement:
    """Return the statement that reads the `limit` newest documents."""
    argument = Arguments()
    where = " AND ".join((f"c.visibility = ANY ({argument(list(visible))})", *filters.conditions(argument)))
    sql = _NEWEST.format(where=where, limit=argument(limit)) + ROWS + _NEWEST_FIRST
    return Statement(sql, tuple(argument.values))
