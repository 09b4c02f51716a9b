"""Searches over 100,000 chunks by 8 clients at once, through the indexer's real HTTP API.

`n` counts answered questions; `p50_ms`, `p95_ms` and `p99_ms` are what a client waits; `ingest_per_second` is the rate
at which documents enter the index with all its search indexes in place; the rest is loaded before these are built.
`BDC_BENCH_CHUNKS` changes the number of chunks. `--input FILE` makes the documents of that file's lines.
"""

import os
from itertools import islice
from statistics import quantiles

from bdc_contracts import DocumentChanged, IdentityChanged

from bdc_devkit.bench.context import BenchContext
from bdc_devkit.bench.meter import Meter
from bdc_devkit.bench.result import BenchResult
from bdc_devkit.bench.search.clients import ask_all
from bdc_devkit.bench.search.corpus import PEOPLE, Corpus
from bdc_devkit.bench.search.index import BenchIndex, identities

CHUNKS_VARIABLE = "BDC_BENCH_CHUNKS"
CHUNKS = 100_000
CLIENTS = 8
QUESTIONS = 4_000
WARM_UP = 1_000  # questions; the index comes from the disk with the first ones
INGESTED = 5_000  # documents, the size of the demo


async def run(context: BenchContext) -> BenchResult:
    """Fill an index, serve it and search it."""
    chunks = int(os.environ.get(CHUNKS_VARIABLE, CHUNKS))
    corpus, index = Corpus(context.input), BenchIndex(context)
    await index.prepare()
    documents = corpus.documents(chunks)
    ingest = await index.handle(islice(documents, INGESTED), DocumentChanged)
    await index.handle(identities(PEOPLE), IdentityChanged)
    await index.fill_in_bulk(documents)
    async with index.served() as (pid, port):
        await ask_all(port, list(corpus.questions(WARM_UP)), CLIENTS)
        questions = list(corpus.questions(QUESTIONS))
        with Meter(pid) as meter:
            seconds = await ask_all(port, questions, CLIENTS)
    cuts = quantiles((each * 1000 for each in seconds), n=100)
    return meter.result(
        "search",
        len(seconds),
        p50_ms=round(cuts[49], 1),
        p95_ms=round(cuts[94], 1),
        p99_ms=round(cuts[98], 1),
        clients=CLIENTS,
        chunks=await index.count(),
        ingest_per_second=round(ingest, 1),
    )
