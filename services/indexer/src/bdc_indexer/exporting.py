"""All that the index holds about an account."""

from typing import Any, Final

import asyncpg
from bdc_contracts import PersonRef

from bdc_indexer.revision import author_key

_ACCOUNT: Final = "SELECT person_id, person_name FROM account WHERE author = $1"
_DOCUMENTS: Final = """
    SELECT document_id, source, kind, container, title, url, author_name, occurred_at, visibility
    FROM document WHERE author = $1 AND NOT removed ORDER BY occurred_at, document_id
"""


async def held_about(pool: "asyncpg.Pool[asyncpg.Record]", account: PersonRef) -> dict[str, Any]:
    """Return whose account it is here, and the documents that it wrote; their texts are their services' own."""
    key = author_key(account)
    return {
        "account": [dict(row) for row in await pool.fetch(_ACCOUNT, key)],
        "documents": [dict(row) for row in await pool.fetch(_DOCUMENTS, key)],
    }
