"""For whom somebody worked, and when, as far as the domains of addresses tell; an attribute of profiles.

It is worked out from each profile's own evidence whenever it is asked for, so that it goes wherever the profile goes:
no merge copies it, and no split leaves it behind.
"""

import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import lru_cache
from importlib.resources import files
from pathlib import Path

from bdc_chassis.errors import ConfigurationError

from bdc_identity.views import Affiliation


@dataclass(frozen=True, slots=True)
class Organisations:
    """Which domain is whose; see `organisations.toml`."""

    domains: Mapping[str, str] = field(default_factory=dict)

    def of(self, email: str) -> str | None:
        """Return the organisation of a normalised address, by its domain or the next one above that is known."""
        domain = email.rpartition("@")[2]
        while domain:
            if known := self.domains.get(domain):
                return known
            domain = domain.partition(".")[2]
        return None


@lru_cache(maxsize=8)
def load_organisations(path: Path | None = None) -> Organisations:
    """Read the list from `path`, or the one that comes with the package.

    Raises:
        ConfigurationError: the file cannot be read or is not such a list.
    """
    source = path or files("bdc_identity") / "organisations.toml"
    try:
        domains = tomllib.loads(source.read_text(encoding="utf-8"))["domains"]
        return Organisations({str(domain).lower(): str(name) for domain, name in domains.items()})
    except (OSError, ValueError, KeyError, AttributeError) as error:
        raise ConfigurationError(
            f"{source} is no list of organisations ({error!r}); it needs a table `domains` of domains with names."
        ) from error


def together(affiliations: Iterable[Affiliation]) -> tuple[Affiliation, ...]:
    """Return one affiliation per organisation, with the widest period, the earliest first."""
    known: dict[str, Affiliation] = {}
    for each in affiliations:
        before = known.get(each.organisation, each)
        known[each.organisation] = Affiliation(
            organisation=each.organisation,
            first_seen=_least(before.first_seen, each.first_seen),
            last_seen=_greatest(before.last_seen, each.last_seen),
        )
    return tuple(sorted(known.values(), key=lambda each: (str(each.first_seen or "9"), each.organisation)))


def _least(one: datetime | None, other: datetime | None) -> datetime | None:
    return min(one, other) if one and other else one or other


def _greatest(one: datetime | None, other: datetime | None) -> datetime | None:
    return max(one, other) if one and other else one or other
