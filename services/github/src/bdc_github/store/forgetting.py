"""Forgotten people out of the stored history: sightings go, commits stay without names and addresses of theirs."""

from collections.abc import AsyncIterator, Sequence
from typing import Any, Final

from bdc_chassis.forgetting import FORGOTTEN, Redactor
from bdc_chassis.store.text import storable_json
from bdc_contracts import address_account
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

BATCH: Final = 2000  # commits whose messages are read and rewritten at a time

_PEOPLE: Final = text("SELECT DISTINCT platform, account, email FROM person")
_FORGET_PEOPLE: Final = text("""
    DELETE FROM person p USING unnest(CAST(:platforms AS text[]), CAST(:accounts AS text[])) AS gone (platform, account)
    WHERE p.platform = gone.platform AND p.account = gone.account
""")
_ADDRESSES: Final = text("SELECT DISTINCT author_email FROM commit UNION SELECT DISTINCT committer_email FROM commit")
_SIGNATURES: Final = text("""
    UPDATE commit SET
        author_name = CASE WHEN author_email = ANY(:theirs) THEN :name ELSE author_name END,
        author_account = CASE WHEN author_email = ANY(:theirs) THEN :account ELSE author_account END,
        author_email = CASE WHEN author_email = ANY(:theirs) THEN '' ELSE author_email END,
        committer_name = CASE WHEN committer_email = ANY(:theirs) THEN :name ELSE committer_name END,
        committer_email = CASE WHEN committer_email = ANY(:theirs) THEN '' ELSE committer_email END
    WHERE author_email = ANY(:theirs) OR committer_email = ANY(:theirs) RETURNING id
""")
_MENTIONS: Final = text("""
    SELECT id, message, trailers FROM commit WHERE id > :after AND (message LIKE '%@%' OR trailers::text LIKE '%@%')
    ORDER BY id LIMIT :limit
""")
_REWRITE: Final = text("""
    UPDATE commit c SET message = r.message, trailers = r.trailers
    FROM json_to_recordset(CAST(:records AS json)) AS r (id bigint, message text, trailers jsonb) WHERE c.id = r.id
""")


async def forget_people(tx: AsyncConnection, redactor: Redactor) -> int:
    """Remove the sightings of forgotten people; return of how many accounts."""
    theirs = [
        (row.platform, row.account)
        for row in await tx.execute(_PEOPLE)
        if redactor.holds_account(row.platform, row.account) or redactor.holds_email(row.email)
    ]
    if theirs:
        platforms, accounts = zip(*theirs, strict=True)
        await tx.execute(_FORGET_PEOPLE, {"platforms": list(platforms), "accounts": list(accounts)})
    return len(theirs)


async def forget_in_commits(tx: AsyncConnection, redactor: Redactor) -> list[int]:
    """Take forgotten people out of signatures, messages and trailers; return the ids of the commits that changed."""
    addresses = (await tx.execute(_ADDRESSES)).scalars()
    theirs = [address for address in addresses if redactor.holds_email(address)]
    signed = {"theirs": theirs, "name": FORGOTTEN, "account": address_account(FORGOTTEN, "")}
    changed = set((await tx.execute(_SIGNATURES, signed)).scalars()) if theirs else set()
    async for batch in _mentioning(tx):
        rewritten = [row for row in (_without(row, redactor) for row in batch) if row is not None]
        if rewritten:
            await tx.execute(_REWRITE, {"records": storable_json(rewritten)})
            changed |= {row["id"] for row in rewritten}
    return sorted(changed)


async def _mentioning(tx: AsyncConnection) -> AsyncIterator[Sequence[Any]]:
    after = 0
    while batch := (await tx.execute(_MENTIONS, {"after": after, "limit": BATCH})).all():
        yield batch
        after = batch[-1].id


def _without(row: Any, redactor: Redactor) -> dict[str, Any] | None:
    held = {"message": row.message, "trailers": row.trailers}
    left = redactor.without(held)
    return None if left == held else {"id": row.id, **left}
