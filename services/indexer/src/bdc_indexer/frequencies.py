"""How frequent words are, as PostgreSQL's own statistics of the chunks say; ANALYZE keeps them."""

from typing import Any

import asyncpg

_FREQUENCIES = """
SELECT lexeme, part FROM pg_stats, unnest(most_common_elems::text::text[], most_common_elem_freqs) AS s (lexeme, part)
WHERE schemaname = current_schema() AND tablename = 'chunk' AND attname = 'words'
  AND lexeme IS NOT NULL  -- the list of parts is longer: it ends with their bounds
"""


class Frequencies:
    """Parts of all chunks that lexemes occur in; 0 for those that are not among the most common."""

    def __init__(self) -> None:
        self._parts: dict[str, float] = {}

    def __call__(self, lexeme: str) -> float:
        """Return the part of all chunks that hold `lexeme`, from 0 to 1."""
        return self._parts.get(lexeme, 0.0)

    async def refresh(self, pool: "asyncpg.Pool[Any]") -> None:
        """Read the statistics again."""
        self._parts = {lexeme: float(part) for lexeme, part in await pool.fetch(_FREQUENCIES)}
