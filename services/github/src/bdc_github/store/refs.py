"""Refs: where they point, or that they are gone."""

from collections.abc import Mapping, Sequence
from typing import Any

from bdc_chassis.bus import Received
from bdc_chassis.store import copy_upsert
from bdc_contracts import BranchAdvanced, BranchRemoved
from sqlalchemy.ext.asyncio import AsyncConnection

from bdc_github.store.repositories import Known
from bdc_github.store.tables import REF


async def upsert_refs(
    tx: AsyncConnection, facts: Sequence[Received[BranchAdvanced | BranchRemoved]], known: Mapping[str, Known]
) -> None:
    """Store the last word on each ref."""
    await copy_upsert(
        tx,
        REF,
        [_row(fact, known[fact.event.repository].id) for fact in facts],
        key=("repository_id", "ref"),
        newer="t.observed_at < excluded.observed_at",
        order=("observed_at",),
    )


def _row(fact: Received[Any], repository_id: int) -> tuple[Any, ...]:
    event: BranchAdvanced | BranchRemoved = fact.event
    if isinstance(event, BranchRemoved):
        previous, forced, removed_at = None, False, event.observed_at
    else:
        previous, forced, removed_at = event.previous_sha, event.forced, None
    return (repository_id, event.ref, event.sha, previous, forced, event.observed_at, removed_at)
