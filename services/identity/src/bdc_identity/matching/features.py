"""What of a profile is compared with others: full names, nicknames, handles, domains."""

import re
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from bdc_identity.evidence import Evidence, Kind
from bdc_identity.matching.lexicon import lexicon
from bdc_identity.matching.person_names import PersonName, name_in_handle, spelled
from bdc_identity.matching.spelling import handle_form
from bdc_identity.noreply import noreply_handle

_CACHED: Final = 5_000  # profiles: those of some batches, which are looked at several times
_MOST: Final = 8  # names or handles of a profile that are compared; robots have thousands
_SECOND_LEVEL: Final = frozenset({"ac", "co", "com", "edu", "gov", "gr", "ne", "net", "or", "org"})
_BOT: Final = re.compile(
    r"""
    \[bot\] | \bbots?\b | [a-z][-_]bot$ | (?:^|[-_ ])(?:auto|ci)(?:$|[-_ ]) | github[- ]actions?
    | ^(?:dependabot|renovate|greenkeeper|mergify|pyup|snyk)
    | ^(?:travis[- ]?ci|jenkins|buildbot|appveyor|circle-?ci|azure[- ]pipelines|semantic-release|allcontributors)\b
    """,
    re.IGNORECASE | re.VERBOSE,
)


@dataclass(frozen=True, slots=True)
class Features:
    """One profile as it is compared.

    `nicknames` are names of one word, `handles` are local parts and logins; both in the form of `handle_form`.
    `spelled_out` are full names that only a handle gives, which count where the profile has no full name. `domains` are
    those of its addresses at which not everybody has a mailbox, `mailbox` is one of the addresses. All are sorted.
    """

    names: tuple[PersonName, ...] = ()
    spelled_out: tuple[PersonName, ...] = ()
    nicknames: tuple[str, ...] = ()
    handles: tuple[str, ...] = ()
    domains: tuple[str, ...] = ()
    mailbox: str = ""
    is_bot: bool = False

    @property
    def idents(self) -> tuple[str, ...]:
        """Everything that may be compared with a handle."""
        return (*self.handles, *self.nicknames)


@lru_cache(maxsize=_CACHED)
def features(names: Collection[str], evidence: Collection[Evidence]) -> Features:
    """Return what of a profile is compared; both are hashable."""
    names = sorted(names)[:_MOST]
    full, nicknames = _named(names)
    addresses, logins = _identified(evidence)
    locals_ = {address.rpartition("@")[0].rpartition(" ")[2].partition("+")[0] for address in addresses}
    handles = set(map(handle_form, locals_)) - lexicon().mailboxes | set(map(handle_form, logins))
    return Features(
        names=full,
        spelled_out=() if full else _spelled_out({*locals_, *names, *logins}),
        nicknames=nicknames,
        handles=tuple(sorted(filter(None, handles))),
        domains=tuple(sorted({domain for address in addresses if (domain := own_domain(address.rpartition("@")[2]))})),
        mailbox=addresses[0] if addresses else "",
        is_bot=any(map(is_bot_name, names)) or any("[bot]" in address for address in addresses),
    )


@lru_cache(maxsize=20_000)
def is_bot_name(name: str) -> bool:
    """Tell whether a name is one of those that programs go by."""
    return _BOT.search(name) is not None


def _named(names: Sequence[str]) -> tuple[tuple[PersonName, ...], tuple[str, ...]]:
    if len(names) == 1:
        one = spelled(names[0])
        return one.names, one.nicknames
    parts = [spelled(name) for name in names]
    full = sorted({name for part in parts for name in part.names})
    return tuple(full), tuple(sorted({word for part in parts for word in part.nicknames}))


def _spelled_out(handles: Iterable[str]) -> tuple[PersonName, ...]:
    return tuple(sorted({name for handle in handles if (name := name_in_handle(handle)) is not None}))


def _identified(evidence: Iterable[Evidence]) -> tuple[list[str], set[str]]:
    addresses: list[str] = []
    logins: set[str] = set()
    for item in evidence:
        if item.kind is Kind.EMAIL and noreply_handle(item.value) is None:
            addresses.append(item.value)
        elif item.kind is Kind.LOGIN:
            logins.add(item.value.partition(":")[2])
    return sorted(addresses)[:_MOST], logins


@lru_cache(maxsize=20_000)
def own_domain(host: str) -> str | None:
    """Return the domain to which a host belongs, or None where everybody can have a mailbox there."""
    labels = host.split(".")
    if len(labels) < 2:  # noqa: PLR2004  (a host name)
        return None
    country = len(labels) > 2 and len(labels[-1]) == 2 and labels[-2] in _SECOND_LEVEL  # noqa: PLR2004
    domain = ".".join(labels[-3:] if country else labels[-2:])
    return None if domain in lexicon().freemail else domain
