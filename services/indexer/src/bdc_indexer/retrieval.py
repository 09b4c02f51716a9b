"""The one statement that a search is: candidates by meaning and by words, fused, the best chunk of each document.

Both sides are bounded, so that a word in half of all chunks costs little more than a rare one: of the chunks that hold
the words the most recent `MATCHES` are ranked; where very many do, only those since a horizon are looked at.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from bdc_indexer.filters import Filters
from bdc_indexer.frequencies import Frequencies
from bdc_indexer.query import Query

MATCHES: Final = 80
WORDING_CANDIDATES: Final = 50
MEANING_CANDIDATES: Final = 20  # or as many as results are wanted: with a filter, each costs many that it rejects
RRF_CONSTANT: Final = 60  # of Cormack, Clarke and Büttcher 2009, who introduced the method
FEW: Final = 5000  # chunks that filters leave are compared one by one: in the index all others would be passed by
MEANING_WEIGHT: Final = 0.8  # the local vectors are bags of words: whoever typed a word means it

SESSION: Final = {
    "jit": "off",  # these queries are over before compiling pays
    "plan_cache_mode": "force_generic_plan",  # planned once per form of search and connection, which saves 1.5 ms
    "hnsw.ef_search": "64",  # finds 0.84 of the true ten nearest in 5,800 chunks of real mail; 40 finds 0.81, 100 0.90
    "hnsw.iterative_scan": "relaxed_order",  # with a filter, go on until there are enough
    "hnsw.max_scan_tuples": "8000",
    "random_page_cost": "1.1",
    "enable_seqscan": "off",  # the planner takes a look into a tsvector for cheap, and would read the whole table
    "statement_timeout": "5s",
}

_MATCHING: Final = f"""
SELECT m.document, m.number, ts_rank_cd(m.words, {{words}}, 1) AS rank, m.embedding
FROM (SELECT * FROM (SELECT c.document, c.number, c.words, c.embedding, c.occurred_at
                     FROM chunk c WHERE c.words @@ {{words}} AND {{where}} OFFSET 0) fenced
      ORDER BY occurred_at DESC NULLS LAST LIMIT {MATCHES}) m
"""

_WORDING: Final = f"""
wording AS (SELECT document, number, row_number() OVER (ORDER BY tier, rank DESC, document, number) AS place
            FROM ({{matches}}) m ORDER BY place LIMIT {WORDING_CANDIDATES})
"""

_FUSED: Final = f"""
fused AS (SELECT document, number, sum(weight / ({RRF_CONSTANT} + place)) AS score
          FROM ({{rankings}}) ranked GROUP BY document, number),
best AS (SELECT DISTINCT ON (document) document, number, score FROM fused ORDER BY document, score DESC, number),
top AS (SELECT document, number, score FROM best ORDER BY score DESC, document LIMIT {{limit}})
"""

ROWS: Final = """
SELECT d.document_id, d.source, d.kind, d.container, d.title, d.url, d.author_platform, d.author_account, d.author_name,
       d.occurred_at, c.text, a.person_id, a.person_name, top.score
FROM top JOIN chunk c USING (document, number) JOIN document d ON d.id = top.document
     LEFT JOIN account a ON a.author = d.author
"""
_BEST_FIRST: Final = "ORDER BY top.score DESC, d.document_id"


@dataclass(frozen=True, slots=True)
class Statement:
    """SQL with `$n` placeholders and its arguments."""

    sql: str
    arguments: tuple[object, ...]


class Arguments:
    """Values in the order of their placeholders."""

    def __init__(self) -> None:
        self.values: list[object] = []

    def __call__(self, value: object) -> str:
        """Add a value and return its placeholder."""
        self.values.append(value)
        return f"${len(self.values)}"


@dataclass(frozen=True, slots=True)
class Search:
    """All that a search depends on.

    `vector` is the query's embedding as a halfvec's binary form; `visible` are the visibility labels that may be found.
    """

    query: Query
    vector: bytes | None
    filters: Filters
    limit: int
    visible: Sequence[str]
    frequencies: Frequencies

    def statement(self) -> Statement | None:
        """Return the statement that finds `limit` documents; None where the query holds nothing to search for."""
        argument = Arguments()
        labels = f"c.visibility = ANY ({argument(list(self.visible))})"
        parts, rankings = self._lexical(labels, argument)
        if self.vector is not None:
            parts.append(f"meaning AS ({self._semantic(self.vector, labels, argument)})")
            rankings.append(f"SELECT document, number, {MEANING_WEIGHT}::float8 AS weight, place FROM meaning")
        if not rankings:
            return None
        parts.append(_FUSED.format(rankings=" UNION ALL ".join(rankings), limit=argument(self.limit)))
        return Statement(f"WITH {', '.join(parts)} {ROWS}{_BEST_FIRST}", tuple(argument.values))

    def _lexical(self, labels: str, argument: Arguments) -> tuple[list[str], list[str]]:
        """Rank what has all words, then, where these are too few, what has any of the rare ones."""
        query = self.query
        if query.strict is None:
            return [], []
        where = _all(labels, self.filters.conditions(argument))
        parts = [f"strict AS MATERIALIZED ({self._matching(query.strict, query.strict_part, where, argument)})"]
        matches = "SELECT *, 1 AS tier FROM strict"
        if query.loose and query.loose != query.strict:
            enough = f"(SELECT count(*) FROM strict) < {argument(self.limit)} AND {where}"
            parts.append(f"loose AS MATERIALIZED ({self._matching(query.loose, query.loose_part, enough, argument)})")
            matches += (
                " UNION ALL SELECT *, 2 FROM loose"
                " WHERE (document, number) NOT IN (SELECT document, number FROM strict)"
            )
        parts.append(_WORDING.format(matches=matches))
        return parts, ["SELECT document, number, 1.0::float8 AS weight, place FROM wording"]

    def _matching(self, tsquery: str, part: float, where: str, argument: Arguments) -> str:
        """Return the most recent matches with their rank: words of the title count more, and closeness counts.

        The matches are fenced off (OFFSET 0): the planner would rather go through the index of dates, for ages. It
        takes a period with an end for short, and so intersects indexes where it would otherwise read the table.
        """
        recent = ""
        if self.filters.dated_only and (since := self.frequencies.horizon(part, self.filters.until)):
            recent = f" AND c.occurred_at >= {argument(since)} AND c.occurred_at < 'infinity'"
        return _MATCHING.format(words=f"{argument(tsquery)}::tsquery", where=where + recent)

    def _semantic(self, vector: bytes, labels: str, argument: Arguments) -> str:
        """Rank by meaning: all chunks, or, where phrases are quoted, only those that hold them.

        Where filters leave few, these are compared one by one (fenced off); otherwise the filters are written so that
        only the index of vectors can be used.
        """
        distance = f"embedding <#> {argument(vector)}::halfvec"
        nearest = f"ORDER BY distance LIMIT {max(MEANING_CANDIDATES, self.limit)}"
        if self.query.required is not None:
            source = f"SELECT document, number, {distance} AS distance FROM strict {nearest}"
        else:
            few = self.filters.person is not None or self.frequencies.left_by(self.filters) <= FEW
            excluded = self.query.excluded
            without = f" AND NOT c.words @@ {argument(excluded)}::tsquery" if excluded else ""
            where = _all(labels, self.filters.conditions(argument, indexed=few)) + without
            chunks = f"SELECT c.document, c.number, c.embedding FROM chunk c WHERE {where}"
            fence = " OFFSET 0" if few and self.filters.narrow else ""
            source = f"SELECT document, number, {distance} AS distance FROM ({chunks}{fence}) c {nearest}"
        return f"SELECT document, number, row_number() OVER (ORDER BY distance) AS place FROM ({source}) nearest"


def _all(condition: str, others: Sequence[str]) -> str:
    return " AND ".join((condition, *others))
