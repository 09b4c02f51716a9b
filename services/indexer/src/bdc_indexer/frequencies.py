"""How frequent words are how old chunks are and where from, as PostgreSQL's own statistics say; ANALYZE keeps them."""

from bisect import bisect_left
from datetime import datetime
from typing import Any, Final

import asyncpg

from bdc_indexer.filters import Filters

WORTH_LOOKING_AT: Final = 200  # matches that are looked at for the most recent of them, each a page of the table

_LEXEMES = """
SELECT lexeme, part FROM pg_stats, unnest(most_common_elems::text::text[], most_common_elem_freqs) AS s (lexeme, part)
WHERE schemaname = current_schema() AND tablename = 'chunk' AND attname = 'words'
  AND lexeme IS NOT NULL  -- the list of parts is longer: it ends with their bounds
"""
_CONTAINERS = """
SELECT container, part FROM pg_stats, unnest(most_common_vals::text::text[], most_common_freqs) AS s (container, part)
WHERE schemaname = current_schema() AND tablename = 'chunk' AND attname = 'container'
"""
_AGES = """
SELECT c.reltuples AS chunks, s.histogram_bounds::text::timestamptz[] AS moments
FROM pg_class c LEFT JOIN pg_stats s
     ON s.schemaname = current_schema() AND s.tablename = 'chunk' AND s.attname = 'occurred_at'
WHERE c.oid = 'chunk'::regclass
"""


class Frequencies:
    """Parts of all chunks that lexemes occur in, and when the chunks are from; nothing is known before `refresh`."""

    def __init__(self) -> None:
        self._parts: dict[str, float] = {}
        self._chunks = 0.0
        self._moments: list[datetime] = []
        self._containers: dict[str, float] = {}

    def __call__(self, lexeme: str) -> float:
        """Return the part of all chunks that hold `lexeme`, from 0 to 1; 0 unless it is among the most common."""
        return self._parts.get(lexeme, 0.0)

    def horizon(self, part: float, until: datetime | None = None) -> datetime | None:
        """Return since when there are matches enough to look at before `until`, where `part` of all chunks match.

        None where all of them can be looked at.
        """
        matches = part * self._chunks
        before = self._part_before(until, 1.0)
        if matches * before <= WORTH_LOOKING_AT or not self._moments:
            return None
        return self._moments[int((before - WORTH_LOOKING_AT / matches) * (len(self._moments) - 1))]

    def left_by(self, filters: Filters) -> float:
        """Return about how many chunks are of the filters' container and period."""
        period = self._part_before(filters.until, 1.0) - self._part_before(filters.since, 0.0)
        container = 1.0 if filters.container is None else self._containers.get(filters.container, 0.0)
        return self._chunks * container * max(0.0, period)

    def _part_before(self, moment: datetime | None, otherwise: float) -> float:
        if moment is None or not self._moments:
            return otherwise
        return bisect_left(self._moments, moment) / len(self._moments)

    async def refresh(self, pool: "asyncpg.Pool[Any]") -> None:
        """Read the statistics again."""
        self._parts = {lexeme: float(part) for lexeme, part in await pool.fetch(_LEXEMES)}
        self._containers = {container: float(part) for container, part in await pool.fetch(_CONTAINERS)}
        row = await pool.fetchrow(_AGES)
        if row is not None:
            self._chunks, self._moments = float(row["chunks"]), list(row["moments"] or ())
