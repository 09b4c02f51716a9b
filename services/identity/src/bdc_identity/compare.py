"""Stored links by names and handles, brought up to date where profiles have changed.

What a link says follows from its two profiles and from how many others share their keys. So beside the pairs of the
changed profiles, those of every block are compared anew whose spread has moved by a step.
"""

from collections.abc import Iterable, Iterator, Mapping
from itertools import combinations

from sqlalchemy.ext.asyncio import AsyncConnection

from bdc_identity.links import Link
from bdc_identity.matching import weights
from bdc_identity.matching.blocking import BlockKey, Spread, block_keys, spread_of
from bdc_identity.matching.features import Features, features
from bdc_identity.matching.pairs import link
from bdc_identity.matching.score import score
from bdc_identity.store.blocks import change_keys, keys_of, load_blocks
from bdc_identity.store.pairs import Pair, links_of, replace_links
from bdc_identity.store.profiles import Profiles

Keyed = tuple[str, BlockKey]


async def compare(
    tx: AsyncConnection, changed: frozenset[str], newcomers: frozenset[str], profiles: Profiles
) -> frozenset[str]:
    """Compare `changed` profiles with all who share a key; return everybody of whom a link has changed."""
    compared = _Compared(profiles)
    await compared.add(tx, changed)
    now = compared.keys(changed)
    before = await keys_of(tx, changed - newcomers) if changed - newcomers else set()
    added, dropped = now - before, before - now
    await change_keys(tx, added, dropped)
    blocks = await load_blocks(tx, {item.key for _, item in now | dropped}, beyond=len(added))
    spreads = _spreads(blocks)
    stirred = _stirred(blocks, spreads, added, dropped)
    pairs = _pairs(changed, blocks, spreads) | {pair for ids in stirred for pair in combinations(sorted(ids), 2)}
    await compared.add(tx, {id_ for pair in pairs for id_ in pair})
    shared = compared.shared_keys(pairs)
    spreads |= _spreads(await load_blocks(tx, set().union(*shared.values()) - spreads.keys(), beyond=0))
    after = compared.links(shared, spreads)
    touching = (changed - newcomers).union(*stirred)
    stored = await links_of(tx, touching) if touching else {}
    known = {pair: link for pair, link in stored.items() if pair in pairs or not changed.isdisjoint(pair)}
    return frozenset(id_ for pair in await replace_links(tx, known, after) for id_ in pair)


class _Compared:
    """Profiles with what of them is compared."""

    def __init__(self, profiles: Profiles) -> None:
        self._profiles = profiles
        self._features: dict[str, Features] = {}
        self._rows: dict[str, frozenset[BlockKey]] = {}
        self._keys: dict[str, frozenset[int]] = {}

    async def add(self, tx: AsyncConnection, ids: Iterable[str]) -> None:
        loaded = await self._profiles.load(tx, [id_ for id_ in ids if id_ not in self._features])
        for id_, profile in loaded.items():
            found = self._features[id_] = features(profile.names, profile.evidence)
            rows = self._rows[id_] = block_keys(found)
            self._keys[id_] = frozenset(item.key for item in rows)

    def keys(self, ids: Iterable[str]) -> set[Keyed]:
        return {(id_, item) for id_ in ids for item in self._rows[id_]}

    def shared_keys(self, pairs: Iterable[Pair]) -> dict[Pair, frozenset[int]]:
        return {(left, right): self._keys[left] & self._keys[right] for left, right in pairs}

    def links(self, shared: Mapping[Pair, frozenset[int]], spreads: Mapping[int, Spread]) -> dict[Pair, Link]:
        return {(each.left, each.right): each for each in self._links(shared, spreads)}

    def _links(self, shared: Mapping[Pair, frozenset[int]], spreads: Mapping[int, Spread]) -> Iterator[Link]:
        crowded = {key for key, spread in spreads.items() if spread.crowded}
        for (left, right), keys in shared.items():
            if keys <= crowded:
                continue
            found = score(self._features[left], self._features[right], spreads)
            if found.bits >= weights.PROPOSED:
                yield link(left, right, found)


def _spreads(blocks: Mapping[int, set[Keyed]]) -> dict[int, Spread]:
    return {key: spread_of(item for _, item in block) for key, block in blocks.items()}


def _stirred(
    blocks: Mapping[int, set[Keyed]], spreads: Mapping[int, Spread], added: set[Keyed], dropped: set[Keyed]
) -> list[set[str]]:
    """Return, of each block whose spread has moved, those whom that can concern among themselves."""
    gained, lost = _by_key(added), _by_key(dropped)
    found = []
    for key, block in blocks.items():
        before = (block - gained.get(key, set())) | lost.get(key, set())
        now = spreads[key]
        if before and spread_of(item for _, item in before) != now:
            # Where too many share a key from now on, only what it has joined so far can change.
            found.append({id_ for id_, _ in (before if now.crowded else block)})
    return found


def _by_key(rows: Iterable[Keyed]) -> dict[int, set[Keyed]]:
    found: dict[int, set[Keyed]] = {}
    for id_, item in rows:
        found.setdefault(item.key, set()).add((id_, item))
    return found


def _pairs(changed: frozenset[str], blocks: Mapping[int, set[Keyed]], spreads: Mapping[int, Spread]) -> set[Pair]:
    """Return each pair of a changed profile with another one of a block in which profiles are compared."""
    pairs: set[Pair] = set()
    for key, block in blocks.items():
        if len(block) == 1 or spreads[key].crowded:
            continue
        ids = {id_ for id_, _ in block}
        pairs.update((min(one, other), max(one, other)) for one in ids & changed for other in ids - {one})
    return pairs
