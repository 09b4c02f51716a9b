"""The one statement that a search is: candidates by meaning and by words, fused, the best chunk of each document.

Both sides are bounded, so that a word in half of all chunks costs no more than a rare one: of the chunks that match
the words the most recent `MATCHES` are ranked, and the planner, which knows how frequent a lexeme is, reads them
from the date's index instead of gathering all matches.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from bdc_indexer.filters import Filters
from bdc_indexer.query import Query

MATCHES: Final = 200
CANDIDATES: Final = 50
RRF_CONSTANT: Final = 60  # of Cormack, Clarke and Büttcher 2009, who introduced the method
MEANING_WEIGHT: Final = 0.8  # the local vectors are bags of words: whoever typed a word means it

SESSION: Final = {
    "jit": "off",  # compiling takes longer than any of these queries
    "plan_cache_mode": "force_custom_plan",  # the plan depends on how frequent the words are
    "hnsw.ef_search": str(CANDIDATES + 10),
    "hnsw.iterative_scan": "relaxed_order",  # with a filter, go on until there are enough
    "hnsw.max_scan_tuples": "8000",
    "random_page_cost": "1.1",
    "statement_timeout": "5s",
}

_ROWS: Final = """
SELECT d.document_id, d.source, d.kind, d.container, d.title, d.url, d.author_platform, d.author_account, d.author_name,
       d.occurred_at, c.text, a.person_id, a.person_name, top.score
FROM top JOIN chunk c USING (document, number) JOIN document d ON d.id = top.document
     LEFT JOIN account a ON a.author = d.author
ORDER BY top.score DESC, d.document_id
"""


@dataclass(frozen=True, slots=True)
class Statement:
    """SQL with `$n` placeholders and its arguments."""

    sql: str
    arguments: tuple[object, ...]


class _Arguments:
    def __init__(self) -> None:
        self.values: list[object] = []

    def __call__(self, value: object) -> str:
        self.values.append(value)
        return f"${len(self.values)}"


def search_statement(
    query: Query, vector: str | None, filters: Filters, limit: int, visible: Sequence[str]
) -> Statement | None:
    """Return the statement that finds `limit` documents; None where the query holds nothing to search for.

    `vector` is the query's embedding as a halfvec's text; `visible` are the visibility labels that may be found.
    """
    argument = _Arguments()
    conditions = [f"c.visibility = ANY ({argument(list(visible))})", *filters.conditions(argument)]
    where = " AND ".join(conditions)
    parts, rankings = _lexical(query, where, limit, argument)
    if vector is not None and (meaning := _semantic(query, vector, where, argument)):
        parts.append(f"meaning AS ({meaning})")
        rankings.append(f"SELECT document, number, {MEANING_WEIGHT} AS weight, place FROM meaning")
    if not rankings:
        return None
    fused = f"""
        fused AS (SELECT document, number, sum(weight / ({RRF_CONSTANT} + place)) AS score
                  FROM ({" UNION ALL ".join(rankings)}) ranked GROUP BY document, number),
        best AS (SELECT DISTINCT ON (document) document, number, score
                 FROM fused ORDER BY document, score DESC, number),
        top AS (SELECT document, number, score FROM best ORDER BY score DESC, document LIMIT {argument(limit)})"""
    return Statement(f"WITH {', '.join(parts)}, {fused} {_ROWS}", tuple(argument.values))


def _lexical(query: Query, where: str, limit: int, argument: _Arguments) -> tuple[list[str], list[str]]:
    """Rank what has all words, then, where these are too few, what has any of the rare ones."""
    if query.strict is None:
        return [], []
    parts = [f"strict AS MATERIALIZED ({_matching(argument(query.strict), where)})"]
    matches = "SELECT *, 1 AS tier FROM strict"
    if query.loose and query.loose != query.strict:
        enough = f"(SELECT count(*) FROM strict) < {argument(limit)}"
        parts.append(f"loose AS MATERIALIZED ({_matching(argument(query.loose), f'{enough} AND {where}')})")
        matches += (
            " UNION ALL SELECT *, 2 FROM loose l WHERE NOT EXISTS"
            " (SELECT FROM strict s WHERE s.document = l.document AND s.number = l.number)"
        )
    parts.append(
        "wording AS (SELECT document, number, row_number() OVER (ORDER BY tier, rank DESC, document, number) AS place"
        f" FROM ({matches}) m ORDER BY place LIMIT {CANDIDATES})"
    )
    return parts, ["SELECT document, number, 1.0 AS weight, place FROM wording"]


def _matching(tsquery: str, where: str) -> str:
    """Return the most recent matches with their rank: words of the title count more, and closeness counts."""
    return (
        f"SELECT document, number, ts_rank_cd(words, {tsquery}::text::tsquery, 1) AS rank, embedding"
        f" FROM (SELECT c.document, c.number, c.words, c.embedding FROM chunk c"
        f" WHERE c.words @@ {tsquery}::text::tsquery AND {where}"
        f" ORDER BY c.occurred_at DESC NULLS LAST LIMIT {MATCHES}) recent"
    )


def _semantic(query: Query, vector: str, where: str, argument: _Arguments) -> str:
    """Rank by meaning: all chunks, or, where phrases are quoted, only those that hold them."""
    distance = f"embedding <#> {argument(vector)}::text::halfvec"
    if query.required is not None:
        source = f"SELECT document, number, {distance} AS distance FROM strict ORDER BY distance LIMIT {CANDIDATES}"
    else:
        without = f" AND NOT c.words @@ {argument(query.excluded)}::text::tsquery" if query.excluded else ""
        source = (
            f"SELECT c.document, c.number, c.{distance} AS distance FROM chunk c WHERE {where}{without}"
            f" ORDER BY c.{distance} LIMIT {CANDIDATES}"
        )
    return f"SELECT document, number, row_number() OVER (ORDER BY distance) AS place FROM ({source}) nearest"
