"""All links by names and handles among some profiles."""

import gc
from array import array
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from multiprocessing import get_context
from typing import Final, Self, TypeAlias

import numpy as np
import numpy.typing as npt

from bdc_identity.links import Link
from bdc_identity.matching import weights
from bdc_identity.matching.blocking import CROWDED, MAX_BLOCK, Spread, block_keys
from bdc_identity.matching.features import Features
from bdc_identity.matching.score import Score, score
from bdc_identity.matching.sentences import sentence

Numbers: TypeAlias = npt.NDArray[np.int64]

_SHARES: Final = 64  # parts of the work of two processes
_TELLING_NAMES: Final = 2  # below this many names, or
_TELLING_HANDLES: Final = 3  # this many handles (in powers of two), a spread says the same as none


def soft_links(compared: Mapping[str, Features], *, told: bool = True, fork: bool = False) -> Iterator[Link]:
    """Compare all who share a key, and yield the links that are made or proposed, in no particular order.

    Without `told`, links have no reasons: those take more memory than all the rest of a link. With `fork`, a copy of
    this process takes half of the work: for a run over everything, outside of a service.
    """
    task = _Task(list(compared), list(compared.values()), Blocks.of(list(compared.values())), told)
    if not fork:
        yield from task.links(range(len(compared)))
        return
    gc.freeze()  # what the forks share stays shared: no collector touches it
    shares = [range(start, len(compared), _SHARES) for start in range(_SHARES)]
    with get_context("fork").Pool(1, _Task.take, (task,)) as pool:
        theirs = pool.imap_unordered(_Task.share, shares[1::2])
        for share in shares[::2]:
            yield from task.links(share)
        for links in theirs:
            yield from links


@dataclass(frozen=True, slots=True)
class _Task:
    """What is to be compared. A fork inherits it, since to send it there would take longer than the work."""

    ids: Sequence[str]
    features: Sequence[Features]
    blocks: "Blocks"
    told: bool

    def links(self, numbers: Iterable[int]) -> Iterator[Link]:
        """Compare these profiles with their neighbours."""
        for one in numbers:
            for other in self.blocks.neighbours(one):
                left, right = (one, other) if self.ids[one] < self.ids[other] else (other, one)
                found = score(self.features[left], self.features[right], self.blocks.spreads)
                if found.bits >= weights.PROPOSED:
                    yield link(self.ids[left], self.ids[right], found, told=self.told)

    def take(self) -> None:
        """Make this the task of the process."""
        _taken.append(self)

    @staticmethod
    def share(numbers: range) -> list[Link]:
        """Do a part of the process's task."""
        return list(_taken[-1].links(numbers))


_taken: list[_Task] = []


def link(left: str, right: str, found: Score, *, told: bool = True) -> Link:
    """Return the link that a comparison gives, the strongest reason first; the ids come in their order."""
    if not told:
        return Link(left, right, round(found.bits, 2), ())
    findings = sorted(found.findings, key=lambda finding: (-finding.bits, finding.found.value))
    return Link(left, right, round(found.bits, 2), tuple(map(sentence, findings)))


@dataclass(frozen=True, slots=True)
class Blocks:
    """Who shares keys with whom, by number, as arrays: a million profiles have millions of keys.

    Block `b` has the members `members[starts[b]:starts[b + 1]]`; the blocks of profile `p` in which it is compared are
    `of_profile[offsets[p]:offsets[p + 1]]`.
    """

    members: Numbers
    starts: Numbers
    of_profile: Numbers
    offsets: Numbers
    spreads: Mapping[int, Spread]

    @classmethod
    def of(cls, profiles: Sequence[Features]) -> Self:
        """Sort profiles into blocks."""
        keys, tags, owners = _rows(profiles)
        distinct, block, size = np.unique(keys, return_inverse=True, return_counts=True)
        spreads = _spreads(distinct, block, size, tags)
        compared = (size[block] > 1) & (size[block] <= MAX_BLOCK)
        block, owners = block[compared], owners[compared]
        by_block, by_owner = np.lexsort((owners, block)), np.lexsort((block, owners))
        return cls(
            members=owners[by_block],
            starts=np.searchsorted(block[by_block], np.arange(len(distinct) + 1)),
            of_profile=block[by_owner],
            offsets=np.searchsorted(owners[by_owner], np.arange(len(profiles) + 1)),
            spreads=spreads,
        )

    def neighbours(self, one: int) -> list[int]:
        """Return those with a greater number than `one` that share a key with it."""
        found: set[int] = set()
        for block in self.of_profile[self.offsets[one] : self.offsets[one + 1]].tolist():
            found.update(self.members[self.starts[block] : self.starts[block + 1]].tolist())
        return sorted(other for other in found if other > one)


def _rows(profiles: Sequence[Features]) -> tuple[Numbers, Numbers, Numbers]:
    keys, tags, owners = array("q"), array("q"), array("q")
    for owner, profile in enumerate(profiles):
        for key, tag in block_keys(profile):
            keys.append(key)
            tags.append(tag)
            owners.append(owner)
    return (
        np.frombuffer(keys, dtype=np.int64) if keys else np.empty(0, dtype=np.int64),
        np.frombuffer(tags, dtype=np.int64) if tags else np.empty(0, dtype=np.int64),
        np.frombuffer(owners, dtype=np.int64) if owners else np.empty(0, dtype=np.int64),
    )


def _spreads(distinct: Numbers, block: Numbers, size: Numbers, tags: Numbers) -> dict[int, Spread]:
    """Return the spreads that differ in what they say from that of a key nobody shares."""
    tagged = tags > 0
    seen = np.unique(np.stack((block[tagged], tags[tagged])), axis=1)
    odd = (seen[1] & 1) == 1
    names = np.bincount(seen[0][odd], minlength=len(distinct))
    handles = np.bincount(seen[0][~odd], minlength=len(distinct))
    crowded = size > MAX_BLOCK
    telling = ~crowded & ((names >= 1 << (_TELLING_NAMES - 1)) | (handles >= 1 << (_TELLING_HANDLES - 1)))
    spreads = dict.fromkeys(distinct[crowded].tolist(), CROWDED)
    rows = zip(distinct[telling].tolist(), names[telling].tolist(), handles[telling].tolist(), strict=True)
    spreads.update((key, _spread(name.bit_length(), handle.bit_length())) for key, name, handle in rows)
    return spreads


_SHARED: Final[dict[tuple[int, int], Spread]] = {}


def _spread(names: int, handles: int) -> Spread:
    return _SHARED.setdefault((names, handles), Spread(names, handles))
