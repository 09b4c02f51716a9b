"""What of a profile is compared with others: full names, nicknames, handles, domains."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final

from bdc_identity.evidence import Evidence, Kind
from bdc_identity.matching.lexicon import lexicon
from bdc_identity.matching.person_names import PersonName, name_in_handle, spelled
from bdc_identity.matching.spelling import handle_form
from bdc_identity.noreply import noreply_handle

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
    `spelled_out` are full names that only a local part gives, which count where the profile has no full name.
    `domains` are those of its addresses at which not everybody has a mailbox.
    """

    names: tuple[PersonName, ...] = ()
    spelled_out: tuple[PersonName, ...] = ()
    nicknames: frozenset[str] = frozenset()
    handles: frozenset[str] = frozenset()
    addresses: frozenset[str] = frozenset()
    domains: frozenset[str] = frozenset()
    is_bot: bool = False

    @property
    def idents(self) -> frozenset[str]:
        """Everything that may be compared with a handle."""
        return self.handles | self.nicknames


def features(names: Iterable[str], evidence: Iterable[Evidence]) -> Features:
    """Return what of a profile is compared."""
    names = sorted(names)[:_MOST]
    full, nicknames = _named(names)
    addresses, logins = _identified(evidence)
    locals_ = {address.rpartition("@")[0].rpartition(" ")[2].partition("+")[0] for address in addresses}
    written = sorted({*locals_, *names, *logins})
    spelled_out = {name: None for handle in written if (name := name_in_handle(handle)) is not None}
    own = {handle_form(local) for local in locals_} - lexicon().mailboxes
    return Features(
        names=tuple(full),
        spelled_out=() if full else tuple(spelled_out),
        nicknames=frozenset(nicknames),
        handles=frozenset(handle for handle in own | set(map(handle_form, logins)) if handle),
        addresses=frozenset(addresses),
        domains=frozenset(_own_domains(addresses)),
        is_bot=any(map(is_bot_name, names)) or any("[bot]" in address for address in addresses),
    )


def is_bot_name(name: str) -> bool:
    """Tell whether a name is one of those that programs go by."""
    return _BOT.search(name) is not None


def _named(names: Iterable[str]) -> tuple[dict[PersonName, None], set[str]]:
    full: dict[PersonName, None] = {}
    nicknames: set[str] = set()
    for name in names:
        parts = spelled(name)
        full.update(dict.fromkeys(parts.names))
        nicknames.update(parts.nicknames)
    return full, nicknames


def _identified(evidence: Iterable[Evidence]) -> tuple[list[str], set[str]]:
    addresses: list[str] = []
    logins: set[str] = set()
    for kind, value, _ in sorted(evidence):
        if kind is Kind.EMAIL and noreply_handle(value) is None:
            addresses.append(value)
        elif kind is Kind.LOGIN:
            logins.add(value.partition(":")[2])
    return addresses[:_MOST], logins


def _own_domains(addresses: Iterable[str]) -> Iterator[str]:
    for address in addresses:
        labels = address.rpartition("@")[2].split(".")
        if len(labels) < 2:  # noqa: PLR2004  (a host name)
            continue
        country = len(labels) > 2 and len(labels[-1]) == 2 and labels[-2] in _SECOND_LEVEL  # noqa: PLR2004
        domain = ".".join(labels[-3:] if country else labels[-2:])
        if domain not in lexicon().freemail:
            yield domain
