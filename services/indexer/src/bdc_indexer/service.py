"""The indexer, declared for the chassis."""

from collections.abc import Sequence
from typing import NoReturn

from bdc_chassis.bus import Projection
from bdc_chassis.service import Service, ServiceContext, run
from bdc_contracts import PersonErased
from starlette.routing import BaseRoute

from bdc_indexer.embedding import Embedder, LocalEmbedder
from bdc_indexer.projector import projections
from bdc_indexer.routes import read_api
from bdc_indexer.search import Searcher
from bdc_indexer.settings import IndexerSettings


class Indexer:
    """The parts of one process, which share one embedding model; nothing is loaded before it is needed."""

    def __init__(self, embedder: Embedder) -> None:
        self._embedder = embedder
        self._searcher: Searcher | None = None

    def projections(self, _: IndexerSettings) -> Sequence[Projection]:
        """Return the durable consumers."""
        return projections(self._embedder)

    def routes(self, context: ServiceContext) -> Sequence[BaseRoute]:
        """Return the read API."""
        self._searcher = Searcher(context.settings, self._embedder)
        return read_api(self._searcher)

    async def searches(self, context: ServiceContext) -> None:
        """Keep the searcher ready; the chassis asks for the routes first."""
        searcher = self._searcher or Searcher(context.settings, self._embedder)
        await searcher.run()


def declare(embedder: Embedder) -> Service:
    """Return the indexer with the given embeddings."""
    indexer = Indexer(embedder)
    return Service(
        name="indexer",
        settings=IndexerSettings,
        publishes=(PersonErased,),
        projections=indexer.projections,
        routes=indexer.routes,
        background=(indexer.searches,),
        extensions=("vector",),
    )


SERVICE = declare(LocalEmbedder())


def main() -> NoReturn:
    """Run `bdc-indexer`."""
    run(SERVICE)
