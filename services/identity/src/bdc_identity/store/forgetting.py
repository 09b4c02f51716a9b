"""Erasing people from the store, and what is kept about that: the salt, salted hashes and who has confirmed."""

from collections.abc import Iterable
from typing import Any, Final

import orjson
from bdc_contracts import ForgottenKeys, PersonErased
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from bdc_identity.matching.blocking import MAX_BLOCK
from bdc_identity.store.bulk import id_list, joined
from bdc_identity.views import Confirmation, Forgetting

_SALT: Final = text("SELECT salt FROM installation")
_NEW_SALT: Final = text("INSERT INTO installation (salt) VALUES (:salt) ON CONFLICT DO NOTHING")

_HASH: Final = "encode(sha256(convert_to(:salt || chr(10) || {subject}, 'UTF8')), 'hex')"
_THEIRS: Final = text(f"""
    SELECT id FROM profile
    WHERE {_HASH.format(subject="'profile:' || platform || ':' || account")} = ANY(CAST(:hashes AS text[]))
    UNION
    SELECT profile_id FROM evidence
    WHERE kind = 'email' AND {_HASH.format(subject="'email:' || value")} = ANY(CAST(:hashes AS text[]))
    UNION
    SELECT profile_id FROM evidence
    WHERE kind = 'account' AND {_HASH.format(subject="'profile:' || value")} = ANY(CAST(:hashes AS text[]))
""")
# Who shares a component, a link or a candidate with them has to be worked out anew without them, and who shares a key
# under which few are compared: how much that says depends on how many they are.
_READ: Final = 1000  # rows of a key; one that more have is crowded with them and without
_AROUND: Final = text(f"""
    WITH theirs AS (
        SELECT key, count(*) AS rows FROM block_key WHERE profile_id = ANY({id_list("ids")}) GROUP BY key
    )
    SELECT o.profile_id FROM membership m JOIN membership o USING (component_id)
    WHERE m.profile_id = ANY({id_list("ids")})
    UNION SELECT right_id FROM link WHERE left_id = ANY({id_list("ids")})
    UNION SELECT left_id FROM link WHERE right_id = ANY({id_list("ids")})
    UNION SELECT right_id FROM candidate WHERE left_id = ANY({id_list("ids")})
    UNION SELECT left_id FROM candidate WHERE right_id = ANY({id_list("ids")})
    UNION SELECT unnest(block.ids) FROM theirs, LATERAL (
        SELECT array_agg(profile_id) AS ids FROM (
            SELECT profile_id FROM block_key WHERE key = theirs.key LIMIT {_READ} OFFSET 0
        ) AS b
    ) AS block
    WHERE cardinality(block.ids) <= {MAX_BLOCK} + theirs.rows
""")
_PEOPLE: Final = text(f"""
    DELETE FROM person p WHERE p.id IN (SELECT person_id FROM membership WHERE profile_id = ANY({id_list("ids")}))
    AND NOT EXISTS (
        SELECT FROM membership m WHERE m.person_id = p.id AND m.profile_id <> ALL({id_list("ids")})
    )
""")
_OWNED: Final = (
    *("profile_name", "profile_context", "evidence", "block_key", "former_membership", "membership"),
    "decision_profile",
)
_PAIRS: Final = ("link", "candidate")
_FORMER: Final = text(f"DELETE FROM former_membership WHERE person_id = ANY({id_list('ids')})")
_STRIP: Final = text(f"""
    UPDATE decision SET note = '', value = CASE verb WHEN 'name' THEN '' ELSE value END,
        left_ids = ARRAY(SELECT id FROM unnest(left_ids) AS id WHERE id <> ALL({id_list("ids")})),
        right_ids = ARRAY(SELECT id FROM unnest(right_ids) AS id WHERE id <> ALL({id_list("ids")}))
    WHERE id IN (SELECT decision_id FROM decision_profile WHERE profile_id = ANY({id_list("ids")}))
""")
_CROWDED: Final = text(f"""
    DELETE FROM crowded_key WHERE {_HASH.format(subject="'email:' || split_part(value, chr(10), 1)")} = ANY(:hashes)
""")
_OUTBOX: Final = text("SELECT id, payload FROM outbox")
_UNSAY: Final = text("DELETE FROM outbox WHERE id = ANY(CAST(:ids AS bigint[]))")

_CONFIRM: Final = text("""
    INSERT INTO forget_confirmation (request_id, service, counts, erased_at)
    VALUES (:request_id, :service, CAST(:counts AS jsonb), :erased_at) ON CONFLICT DO NOTHING
""")
_REQUESTS: Final = text("""
    SELECT coalesce(r.request_id, c.request_id) AS request_id, r.requested_at, c.service, c.counts, c.erased_at
    FROM forget_request r FULL JOIN forget_confirmation c ON c.request_id = r.request_id
    WHERE CAST(:request_id AS text) IS NULL OR coalesce(r.request_id, c.request_id) = :request_id
    ORDER BY r.requested_at DESC NULLS LAST, 1, c.service
""")


async def salt(tx: AsyncConnection, proposed: str) -> str:
    """Return the salt of this installation; `proposed` becomes it if there is none yet."""
    await tx.execute(_NEW_SALT, {"salt": proposed})
    kept: str = (await tx.execute(_SALT)).scalar_one()
    return kept


async def theirs(tx: AsyncConnection, keys: ForgottenKeys) -> frozenset[str]:
    """Return the profiles that any of the hashes recognises, by their account or an address."""
    rows = await tx.execute(_THEIRS, {"salt": keys.salt, "hashes": list(keys.hashes)})
    return frozenset(rows.scalars())


async def erase_profiles(tx: AsyncConnection, ids: Iterable[str], keys: ForgottenKeys) -> frozenset[str]:
    """Remove profiles with all that is known of them; return the others whom that concerns."""
    await tx.execute(_CROWDED, {"salt": keys.salt, "hashes": list(keys.hashes)})
    gone = {"ids": joined(ids)}
    around = frozenset((await tx.execute(_AROUND, gone)).scalars()) - frozenset(ids)
    await tx.execute(_STRIP, gone)
    await tx.execute(_PEOPLE, gone)
    await tx.execute(_FORMER, gone)
    for table in _OWNED:
        await tx.execute(text(f"DELETE FROM {table} WHERE profile_id = ANY({id_list('ids')})"), gone)
    for table in _PAIRS:
        either = f"left_id = ANY({id_list('ids')}) OR right_id = ANY({id_list('ids')})"
        await tx.execute(text(f"DELETE FROM {table} WHERE {either}"), gone)
    await tx.execute(text(f"DELETE FROM profile WHERE id = ANY({id_list('ids')})"), gone)
    return around


async def waiting_announcements(tx: AsyncConnection) -> dict[int, Any]:
    """Return what waits in the outbox, as JSON values."""
    return {row.id: orjson.loads(row.payload) for row in await tx.execute(_OUTBOX)}


async def unsay(tx: AsyncConnection, ids: Iterable[int]) -> None:
    """Remove announcements that must not be made any more."""
    await tx.execute(_UNSAY, {"ids": list(ids)})


async def confirm(tx: AsyncConnection, erased: PersonErased) -> None:
    """Note that a service has carried out a request."""
    about = {"request_id": erased.request_id, "service": erased.domain, "erased_at": erased.erased_at}
    await tx.execute(_CONFIRM, about | {"counts": orjson.dumps(erased.counts).decode()})


async def requests(tx: AsyncConnection, request_id: str | None = None) -> list[Forgetting]:
    """Return the requests, or one of them, each with its confirmations."""
    found: dict[str, Forgetting] = {}
    for row in await tx.execute(_REQUESTS, {"request_id": request_id}):
        known = found.get(row.request_id)
        confirmed = known.confirmed if known else ()
        if row.service is not None:
            confirmed += (Confirmation(service=row.service, counts=row.counts, erased_at=row.erased_at),)
        found[row.request_id] = Forgetting(
            request_id=row.request_id, requested_at=row.requested_at, confirmed=confirmed
        )
    return list(found.values())
