"""What happened to people as a whole: several became one, or one became several."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime

from bdc_contracts import PeopleMerged, PersonSplit

from bdc_identity.resolve import Person
from bdc_identity.store.neighbourhood import Membership


def happenings(
    people: Iterable[Person], before: Mapping[str, Membership], revision: int, now: datetime
) -> Iterator[PeopleMerged | PersonSplit]:
    """Yield merges and splits between the memberships `before` and `people`; new profiles alone are neither."""
    became: dict[str, set[str]] = defaultdict(set)
    for person in people:
        known = (before[member].person_id for member in person.members)
        came_from = {former for former in known if former is not None}
        for former in came_from:
            became[former].add(person.id)
        if len(came_from) > 1:
            yield PeopleMerged(
                person_id=person.id, former_ids=tuple(sorted(came_from)), revision=revision, merged_at=now
            )
    for former, ids in sorted(became.items()):
        if len(ids) > 1:
            yield PersonSplit(former_id=former, person_ids=tuple(sorted(ids)), revision=revision, split_at=now)
