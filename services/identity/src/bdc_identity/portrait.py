"""What is known of a group of profiles as far as it can contradict another group."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Final, Self, TypeVar

from bdc_identity.evidence import Evidence, Kind
from bdc_identity.matching.agreement import CONTRADICTIONS, FULL, agreement
from bdc_identity.matching.features import Features
from bdc_identity.matching.person_names import PersonName
from bdc_identity.reasons import account_label

Item = TypeVar("Item", PersonName, str)

_KINDS: Final = (Kind.EMAIL, Kind.ACCOUNT)


@dataclass(frozen=True, slots=True)
class Portrait:
    """Full names, addresses and account ids (`platform:id`) of a group, sorted.

    They are tuples since a corpus has hundreds of thousands of groups, and small sets take four times as much memory.
    """

    names: tuple[PersonName, ...]
    addresses: tuple[str, ...]
    accounts: tuple[str, ...]
    is_bot: bool

    @classmethod
    def of(cls, features: Features, evidence: Iterable[Evidence]) -> Self:
        """Return that of one profile."""
        addresses, accounts = ({item.value for item in evidence if item.kind is kind} for kind in _KINDS)
        return cls(features.names, tuple(sorted(addresses)), tuple(sorted(accounts)), features.is_bot)

    def with_(self, other: "Portrait") -> "Portrait":
        """Return that of both together."""
        return Portrait(
            _union(self.names, other.names),
            _union(self.addresses, other.addresses),
            _union(self.accounts, other.accounts),
            self.is_bot or other.is_bot,
        )


def _union(one: tuple[Item, ...], other: tuple[Item, ...]) -> tuple[Item, ...]:
    if one == other or not other:
        return one
    return tuple(sorted(set(one).union(other))) if one else other


def account_clash(one: Portrait, other: Portrait) -> str | None:
    """Say that the two have different accounts where a platform gives everybody one."""
    mine, theirs = _by_platform(one.accounts), _by_platform(other.accounts)
    for platform in sorted(mine.keys() & theirs.keys()):
        if mine[platform].isdisjoint(theirs[platform]):
            left, right = min(mine[platform]), min(theirs[platform])
            return f"They have two {account_label(platform)} accounts: {left} and {right}."
    return None


def kind_clash(one: Portrait, other: Portrait) -> str | None:
    """Say that one of the two is a program and the other one is not."""
    return "One of them is a program." if one.is_bot is not other.is_bot else None


def name_clash(one: Portrait, other: Portrait) -> str | None:
    """Say that the two bear names of two people, of which none is known to be another name of the one."""
    for mine in one.names:
        for theirs in other.names:
            if agreement(mine, theirs) in CONTRADICTIONS and not (_bears(one, theirs) or _bears(other, mine)):
                return f"They go by different names: {' '.join(mine.words)} and {' '.join(theirs.words)}."
    return None


def borrowed_address(one: Portrait, other: Portrait, address: str) -> str | None:
    """Say that two people with unrelated names and addresses of their own share `address`: one may have lent it."""
    mine, theirs = set(one.addresses), set(other.addresses)
    if mine <= theirs or theirs <= mine:
        return None
    clash = name_clash(one, other)
    return f"Each has further addresses, so that {address} may be borrowed. {clash}" if clash else None


def _bears(portrait: Portrait, name: PersonName) -> bool:
    return any(agreement(name, known) in FULL for known in portrait.names)


def _by_platform(accounts: Iterable[str]) -> Mapping[str, set[str]]:
    found: dict[str, set[str]] = {}
    for platform, account in _split(accounts):
        found.setdefault(platform, set()).add(account)
    return found


def _split(accounts: Iterable[str]) -> Iterator[tuple[str, str]]:
    for value in accounts:
        platform, _, account = value.partition(":")
        yield platform, account
