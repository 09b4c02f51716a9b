"""A batch of sightings folded into distinct rows, so that repetition costs nothing and order means nothing."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final, TypeAlias

from bdc_chassis.store.text import storable
from bdc_contracts import PersonSeen, normal_email
from bdc_contracts.ids import digest

from bdc_identity.addresses import AddressRules
from bdc_identity.evidence import evidence_of

MAX_TEXT: Final = 500  # characters of a name or context that are kept, since they are part of index entries

Period: TypeAlias = tuple[datetime | None, datetime | None]


class Periods(dict[tuple[str, ...], Period]):
    """When each row was first and last seen, as far as is known."""

    def widen(self, key: tuple[str, ...], first: datetime | None, last: datetime | None) -> None:
        """Include `first` and `last`; doing so again or in another order changes nothing."""
        known = self.get(key)
        if known is None:
            self[key] = (first, last)
            return
        known_first, known_last = known
        self[key] = (
            min(known_first, first) if known_first and first else known_first or first,
            max(known_last, last) if known_last and last else known_last or last,
        )


@dataclass(frozen=True, slots=True)
class Sightings:
    """What a batch says, one entry per distinct row; keys begin with the profile id.

    `profiles` are (profile, platform, account), `contexts` (profile, domain, context, visibility),
    `evidence` (profile, kind, value, qualifier); `lists` are the addresses of mailing lists that somebody was seen on.
    """

    profiles: Periods = field(default_factory=Periods)
    names: Periods = field(default_factory=Periods)
    contexts: Periods = field(default_factory=Periods)
    evidence: Periods = field(default_factory=Periods)
    lists: set[str] = field(default_factory=set)


def profile_id(platform: str, account: str) -> str:
    """Return the id of a profile, derived from its natural key alone."""
    return digest(platform, account)


def gather(seen: Iterable[PersonSeen], rules: AddressRules) -> Sightings:
    """Fold sightings into distinct rows with the widest period of each."""
    batch = Sightings()
    for sighting in seen:
        _add(batch, sighting, rules)
    return batch


def _add(batch: Sightings, seen: PersonSeen, rules: AddressRules) -> None:
    id_ = profile_id(seen.platform, seen.account)
    period = (seen.first_seen, seen.last_seen)
    context = storable(seen.context)[:MAX_TEXT]
    batch.profiles.widen((id_, seen.platform, storable(seen.account)), *period)
    batch.contexts.widen((id_, seen.domain, context, seen.visibility), *period)
    if name := " ".join(storable(seen.name or "").split())[:MAX_TEXT]:
        batch.names.widen((id_, name), *period)
    for evidence in evidence_of(seen, rules):
        batch.evidence.widen((id_, evidence.kind, evidence.value, evidence.qualifier), *period)
    if seen.platform == "mail" and "@" in context:
        batch.lists.add(normal_email(context))
