"""All links by names and handles among some profiles."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping

from bdc_identity.links import Link
from bdc_identity.matching import weights
from bdc_identity.matching.blocking import MAX_BLOCK, BlockKey, block_keys, spread_of
from bdc_identity.matching.features import Features
from bdc_identity.matching.score import Score, score
from bdc_identity.matching.sentences import sentence


def soft_links(compared: Mapping[str, Features]) -> Iterator[Link]:
    """Compare all who share a key, and yield the links that are made or proposed."""
    blocks: dict[int, list[tuple[str, BlockKey]]] = defaultdict(list)
    for id_, features in compared.items():
        for item in block_keys(features):
            blocks[item.key].append((id_, item))
    shared = {key: rows for key, rows in blocks.items() if len(rows) > 1}
    spreads = {key: spread_of(item for _, item in rows) for key, rows in shared.items()}
    for left, right in _pairs(rows for rows in shared.values() if len(rows) <= MAX_BLOCK):
        found = score(compared[left], compared[right], spreads)
        if found.bits >= weights.PROPOSED:
            yield link(left, right, found)


def link(left: str, right: str, found: Score) -> Link:
    """Return the link that a comparison gives, the strongest reason first."""
    findings = sorted(found.findings, key=lambda finding: (-finding.bits, finding.found.value))
    return Link(left, right, round(found.bits, 2), tuple(map(sentence, findings)))


def _pairs(blocks: Iterable[list[tuple[str, BlockKey]]]) -> set[tuple[str, str]]:
    pairs: set[tuple[str, str]] = set()
    for rows in blocks:
        ids = sorted({id_ for id_, _ in rows})
        pairs.update((left, right) for index, left in enumerate(ids) for right in ids[index + 1 :])
    return pairs
