"""Profiles as they are resolved: names and evidence."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import Final

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from bdc_identity.evidence import KINDS, Evidence
from bdc_identity.resolve import Profile
from bdc_identity.sightings import Sightings
from bdc_identity.store.bulk import id_list, joined

_FACTS: Final = text(f"""
    SELECT profile_id, NULL AS kind, name AS value, NULL AS qualifier FROM profile_name
    WHERE profile_id = ANY({id_list("ids")})
    UNION ALL
    SELECT profile_id, kind, value, qualifier FROM evidence WHERE profile_id = ANY({id_list("ids")})
""")


class Profiles:
    """Reads each profile once in a transaction; all that is known of newcomers is in the batch that brings them."""

    def __init__(self, fresh: Mapping[str, Profile] | None = None) -> None:
        self._known: dict[str, Profile] = dict(fresh or {})

    async def load(self, tx: AsyncConnection, ids: Iterable[str]) -> dict[str, Profile]:
        """Return the profiles with these ids; one that does not exist has no names and no evidence."""
        wanted = list(ids)
        if missing := [id_ for id_ in wanted if id_ not in self._known]:
            self._known.update(await _read(tx, missing))
        return {id_: self._known[id_] for id_ in wanted}


def fresh_profiles(seen: Sightings, newcomers: Iterable[str]) -> dict[str, Profile]:
    """Return the newcomers among whom a batch shows."""
    ids = frozenset(newcomers)
    names: dict[str, set[str]] = defaultdict(set)
    for id_, name in seen.names:
        names[id_].add(name)
    evidence: dict[str, set[Evidence]] = defaultdict(set)
    for id_, kind, value, qualifier in seen.evidence:
        evidence[id_].add(Evidence(KINDS[kind], value, qualifier))
    return {id_: Profile(id_, frozenset(names[id_]), frozenset(evidence[id_])) for id_ in ids}


async def _read(tx: AsyncConnection, ids: list[str]) -> dict[str, Profile]:
    names: dict[str, set[str]] = defaultdict(set)
    evidence: dict[str, set[Evidence]] = defaultdict(set)
    for id_, kind, value, qualifier in (await tx.execute(_FACTS, {"ids": joined(ids)})).all():
        if kind is None:
            names[id_].add(value)
        else:
            evidence[id_].add(Evidence(KINDS[kind], value, qualifier))
    return {id_: Profile(id_, frozenset(names[id_]), frozenset(evidence[id_])) for id_ in ids}
