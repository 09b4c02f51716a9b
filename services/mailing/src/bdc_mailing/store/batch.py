"""One batch of facts into the tables: what was seen and removed first, then, one batch at a time, what follows from it.

Two batches at once may each see only half of a message or thread, so the second part waits for a lock. It reads what
the first part of all batches before it has committed.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from bdc_chassis.store import copy_upsert
from bdc_chassis.store.text import storable
from bdc_contracts import MessageRemoved
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from bdc_mailing.posting import Posting
from bdc_mailing.store.messages import keys_of, moved_by, refresh_messages, supersede, threads_of
from bdc_mailing.store.tables import POSTING, REMOVAL, SIGHTING
from bdc_mailing.store.threads import link, merged_by, refresh_threads, rename

_TURN: Final = text("SELECT pg_advisory_xact_lock(hashtext('bdc mailing messages'))")


def _differ(names: Iterable[str]) -> str:
    stored, new = (", ".join(f"{side}.{name}" for name in names) for side in ("t", "excluded"))
    return f"({stored}) IS DISTINCT FROM ({new})"


_FACTS: Final = [column.name for column in POSTING.columns if not column.primary_key and column.name != "sequence"]
_NEWER_POSTING: Final = f"t.sequence < excluded.sequence AND {_differ(_FACTS)}"
_NEWER_SIGHTING: Final = "(t.seen_again_at, t.sequence) < (excluded.seen_again_at, excluded.sequence) AND " + _differ(
    ("seen_again_at", "url", "archive")
)


@dataclass(frozen=True, slots=True)
class Saved:
    """Keys of the messages and names of the threads that a batch concerns, changed by it or not."""

    keys: tuple[str, ...]
    threads: tuple[str, ...]


async def save(
    tx: AsyncConnection, postings: Sequence[Posting], removals: Sequence[MessageRemoved], sequences: Sequence[int]
) -> Saved:
    """Store a batch; repetition and order change nothing. `sequences` are all places of the batch in the stream."""
    await _save_facts(tx, postings, removals)
    await tx.execute(_TURN)
    threads, renamed = await link(tx, postings)
    keys = {posting.message_key for posting in postings}
    if removals:
        keys |= await keys_of(tx, [(removal.list_address, removal.key_id) for removal in removals])
    await rename(tx, renamed, max(sequences))
    await refresh_messages(tx, sorted(keys))
    keys |= await supersede(tx, sorted({storable(posting.event.key_id) for posting in postings}))
    if removals:
        threads |= await threads_of(tx, sorted(keys))
    await refresh_threads(tx, threads)
    keys |= await moved_by(tx, threads, sequences)
    threads |= await merged_by(tx, sequences)
    return Saved(tuple(sorted(keys)), tuple(sorted(threads)))


async def _save_facts(tx: AsyncConnection, postings: Sequence[Posting], removals: Sequence[MessageRemoved]) -> None:
    await copy_upsert(
        tx,
        POSTING,
        [posting.row() for posting in postings],
        key=("list_address", "key_id", "sha256"),
        newer=_NEWER_POSTING,
        order=("sequence",),
    )
    await copy_upsert(
        tx,
        SIGHTING,
        [posting.sighting() for posting in postings],
        key=("list_address", "key_id", "sha256", "source"),
        newer=_NEWER_SIGHTING,
        order=("seen_again_at", "sequence"),
    )
    await copy_upsert(
        tx,
        REMOVAL,
        [_removal(removal) for removal in removals],
        key=("list_address", "key_id", "source", "sha256"),
        newer="t.observed_at < excluded.observed_at",
        order=("observed_at",),
    )


def _removal(removal: MessageRemoved) -> dict[str, object]:
    return {
        "list_address": removal.list_address,
        "key_id": removal.key_id,
        "source": removal.source,
        "sha256": removal.sha256 or "",
        "observed_at": removal.observed_at,
    }
