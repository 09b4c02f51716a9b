"""What the supervisor and its workers say to each other."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Ready:
    """A worker begins; files for it belong into this folder."""

    claims: Path


@dataclass(frozen=True, slots=True)
class Beat:
    """A worker lives, and says what it waits for, if it does."""

    waiting_for: str = ""


@dataclass(frozen=True, slots=True)
class Order:
    """Names in the worker's folder; `alone` where a worker died over one, `condemned` where that was once too often."""

    number: int
    names: tuple[str, ...]
    alone: bool = False
    condemned: bool = False


@dataclass(frozen=True, slots=True)
class Report:
    """An order is done: every file of it is where it belongs.

    `failed` are numbers by reason, `objects` by kind and origin, `stages` seconds by stage; `vanished` files were gone.
    """

    order: int
    archived: int = 0
    known: int = 0
    vanished: int = 0
    failed: Mapping[str, int] = field(default_factory=dict)
    objects: Mapping[tuple[str, str], int] = field(default_factory=dict)
    stages: Mapping[str, float] = field(default_factory=dict)
