"""Threads as the nodes of all messages so far make them; to be called by one transaction at a time."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from bdc_chassis.store import copy_upsert
from sqlalchemy import Row, text
from sqlalchemy.ext.asyncio import AsyncConnection

from bdc_mailing.posting import Posting
from bdc_mailing.store.tables import THREAD_NODE
from bdc_mailing.threads import NOTHING, SUBJECT_WINDOW, Node, grouped, nodes_of, rank
from bdc_mailing.times import occurred_at

# The nodes, and those that give their threads their names.
_NODES: Final = text("""
WITH named AS (SELECT * FROM thread_node WHERE id = ANY (:ids))
SELECT * FROM named
UNION SELECT n.* FROM thread_node n JOIN (SELECT DISTINCT thread_id FROM named) t ON n.id = t.thread_id
""")
# An orphan joins what came before it; a message that comes late, the orphans after it.
_SAME_SUBJECT: Final = text("""
SELECT DISTINCT a.node_id AS one, b.node_id AS other
FROM unnest(CAST(:nodes AS text[]), CAST(:subjects AS text[]), CAST(:moments AS timestamptz[]),
            CAST(:orphans AS boolean[])) AS a (node_id, subject_key, occurred_at, is_orphan)
JOIN posting b ON b.subject_key = a.subject_key AND b.subject_key IS NOT NULL
     AND b.occurred_at BETWEEN a.occurred_at - CAST(:bound AS interval) AND a.occurred_at
WHERE a.is_orphan AND b.node_id <> a.node_id
UNION
SELECT a.node_id, b.node_id
FROM unnest(CAST(:nodes AS text[]), CAST(:subjects AS text[]), CAST(:moments AS timestamptz[]))
     AS a (node_id, subject_key, occurred_at)
JOIN posting b ON b.subject_key = a.subject_key AND b.is_orphan
     AND b.occurred_at BETWEEN a.occurred_at AND a.occurred_at + CAST(:bound AS interval)
WHERE b.node_id <> a.node_id
""")
_MEMBERS: Final = text("SELECT * FROM thread_node WHERE thread_id = ANY (:threads)")
_RENAME_NODES: Final = text("""
UPDATE thread_node AS n SET thread_id = r.after
FROM unnest(CAST(:before AS text[]), CAST(:after AS text[])) AS r (before, after) WHERE n.thread_id = r.before
""")
_RENAME_MESSAGES: Final = text("""
UPDATE message AS m SET thread_id = r.after, moved_by = :sequence
FROM unnest(CAST(:before AS text[]), CAST(:after AS text[])) AS r (before, after) WHERE m.thread_id = r.before
""")
_MERGE: Final = text("UPDATE thread SET messages = 0, merged_by = :sequence WHERE thread_id = ANY (:before)")
_MERGED: Final = text("SELECT thread_id FROM thread WHERE merged_by = ANY (:sequences)")
_REFRESH: Final = text("""
WITH lists AS (
    SELECT m.thread_id, array_agg(DISTINCT list ORDER BY list) AS lists
    FROM message m CROSS JOIN LATERAL unnest(m.lists) AS list WHERE m.thread_id = ANY (:threads) GROUP BY m.thread_id
)
INSERT INTO thread AS t (thread_id, root_key, subject, messages, total, participants, lists, visibility, first_at,
                         last_at, revised_at)
SELECT thread_id,
       min(message_key) FILTER (WHERE node_id = thread_id),
       (array_agg(subject ORDER BY node_id <> thread_id, occurred_at NULLS LAST, message_key))[1],
       count(*) FILTER (WHERE removed_at IS NULL),
       count(*),
       coalesce((array_agg(DISTINCT account) FILTER (WHERE account IS NOT NULL AND removed_at IS NULL))[1\\:200], '{}'),
       min(l.lists), coalesce(max(visibility) FILTER (WHERE visibility <> 'public'), 'public'),
       min(occurred_at), max(occurred_at),
       -- A thread that has grown is newer, also where what came late is old.
       max(revised_at) + count(*) * interval '1 microsecond'
FROM message JOIN lists l USING (thread_id) GROUP BY thread_id
ON CONFLICT (thread_id) DO UPDATE SET
    root_key = excluded.root_key, subject = excluded.subject, messages = excluded.messages, total = excluded.total,
    participants = excluded.participants, lists = excluded.lists, visibility = excluded.visibility,
    first_at = excluded.first_at, last_at = excluded.last_at, revised_at = excluded.revised_at, merged_by = NULL
WHERE t.* IS DISTINCT FROM excluded.*
""")


@dataclass(slots=True)
class _Known:
    """Nodes as they are stored and the threads that they are in."""

    nodes: dict[str, Node] = field(default_factory=dict)
    threads: dict[str, str] = field(default_factory=dict)

    def take(self, rows: Iterable[Row[Any]]) -> None:
        for row in rows:
            self.nodes[row.id] = Node(row.preceded, row.known, row.opens, row.occurred_at)
            self.threads[row.id] = row.thread_id


async def link(tx: AsyncConnection, postings: Sequence[Posting]) -> tuple[set[str], dict[str, str]]:
    """Put postings, which are stored, into threads; return these threads, and new names of former ones."""
    nodes, links = nodes_of((one.node_id, one.ancestors, one.node()) for one in postings)
    links += await _same_subject(tx, postings)
    known = _Known()
    known.take(await tx.execute(_NODES, {"ids": list(set(nodes).union(*links))}))
    after = known.nodes | {one: new.joined(known.nodes.get(one, NOTHING)) for one, new in nodes.items()}
    await _members_of_unseated(tx, known, after)
    threads: dict[str, str] = {}
    for group in grouped(after, [*links, *known.threads.items()]):
        name = min(group, key=lambda one: rank(one, after[one]))
        threads.update(dict.fromkeys(group, name))
    renamed = {before: threads[before] for before in known.threads.values() if threads[before] != before}
    if renamed:
        await tx.execute(_RENAME_NODES, {"before": list(renamed), "after": list(renamed.values())})
    await _write(tx, known, after, threads)
    return set(threads.values()), renamed


async def _members_of_unseated(tx: AsyncConnection, known: _Known, after: dict[str, Node]) -> None:
    """Load the threads whose first node has lost its place, since any other of them may have it now."""
    seated = [one for one, thread in known.threads.items() if one == thread]
    unseated = [one for one in seated if rank(one, after[one]) > rank(one, known.nodes[one])]
    if unseated:
        known.take(await tx.execute(_MEMBERS, {"threads": unseated}))
        after |= {one: node for one, node in known.nodes.items() if one not in after}


async def _write(tx: AsyncConnection, known: _Known, after: Mapping[str, Node], threads: Mapping[str, str]) -> None:
    rows = [
        (one, threads[one], node.preceded, node.known, node.opens, node.occurred_at)
        for one, node in after.items()
        if known.nodes.get(one) != node
    ]
    await copy_upsert(tx, THREAD_NODE, rows, key=("id",))


async def rename(tx: AsyncConnection, renamed: Mapping[str, str], sequence: int) -> None:
    """Move messages out of threads that have another name now; `sequence` marks them until their documents are out."""
    if renamed:
        pairs = {"before": list(renamed), "after": list(renamed.values()), "sequence": sequence}
        await tx.execute(_RENAME_MESSAGES, pairs)
        await tx.execute(_MERGE, {"before": list(renamed), "sequence": sequence})


async def refresh_threads(tx: AsyncConnection, threads: Iterable[str]) -> None:
    """Count threads anew."""
    await tx.execute(_REFRESH, {"threads": list(threads)})


async def _same_subject(tx: AsyncConnection, postings: Sequence[Posting]) -> list[tuple[str, str]]:
    dated = [(one, moment) for one in postings if one.subject_key and (moment := occurred_at(one.event))]
    found = await tx.execute(
        _SAME_SUBJECT,
        {
            "nodes": [one.node_id for one, _ in dated],
            "subjects": [one.subject_key for one, _ in dated],
            "moments": [moment for _, moment in dated],
            "orphans": [one.is_orphan for one, _ in dated],
            "bound": SUBJECT_WINDOW,
        },
    )
    return [(row.one, row.other) for row in found]


async def merged_by(tx: AsyncConnection, sequences: Sequence[int]) -> set[str]:
    """Return the former names of the threads that were merged because of these facts."""
    return set((await tx.execute(_MERGED, {"sequences": list(sequences)})).scalars())
