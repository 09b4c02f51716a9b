"""What joins, or may join, two profiles: how strongly, and why in words."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Link:
    """Two profiles (ids, `left` < `right`) that are one person, in bits of odds, for `reasons`, the strongest first."""

    left: str
    right: str
    bits: float
    reasons: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Candidate:
    """The strongest link between two people that was not made: a human decides.

    `clash` says what speaks against it although it is strong enough; None where it just is not strong enough.
    """

    left: str
    right: str
    bits: float
    reasons: tuple[str, ...]
    clash: str | None = None
