"""`/`: what was collected, when, by whom, and whether the system works."""

import asyncio
from dataclasses import dataclass
from typing import Final

from starlette.requests import Request
from starlette.responses import Response

from bdc_dashboard.answers import Answer, attempt, attempt_all
from bdc_dashboard.pages.charts import fitting_bucket, period_of, read_history
from bdc_dashboard.pages.health import read_health
from bdc_dashboard.runs import Run
from bdc_dashboard.source.people import IDENTITY
from bdc_dashboard.source.search import INDEXER
from bdc_dashboard.source.summaries import Container, Summary, read_summary
from bdc_dashboard.store import newest_runs
from bdc_dashboard.web.site import Site

RUNS_SHOWN: Final = 8
CONTAINERS_SHOWN: Final = 6
PRIMARY: Final = ("commits", "messages")  # what a source is about, where its largest count is something else


@dataclass(frozen=True, slots=True)
class Collected:
    """One source's panel: its summary, or why there is none."""

    service: str
    answer: Answer[Summary]

    @property
    def largest(self) -> tuple[Container, ...]:
        """The containers with most items."""
        summary = self.answer.value
        ordered = sorted(summary.containers, key=lambda one: (-one.count, one.name)) if summary else ()
        return tuple(ordered[:CONTAINERS_SHOWN])

    @property
    def headline(self) -> tuple[str, int]:
        """The kind that the source holds most of, with its number."""
        counts = self.answer.value.counts if self.answer.value else {}
        return max(counts.items(), key=lambda one: (one[0] in PRIMARY, one[1]), default=("items", 0))


async def overview(site: Site, request: Request) -> Response:
    """Show the overview."""
    names = (*site.sources, *(name for name in (IDENTITY, INDEXER) if name in site.api.services))
    summaries, runs, health = await asyncio.gather(
        attempt_all(read_summary(site.api, name) for name in names), attempt(_runs(site)), read_health(site)
    )
    found = dict(zip(names, summaries, strict=True))
    known = [answer.value for name in site.sources if (answer := found[name]).value]
    history = await read_history(site, site.sources, fitting_bucket(*period_of(known)))
    return site.page(
        request,
        "overview.html",
        collected=[Collected(name, found[name]) for name in site.sources if not found[name].absent],
        people=found.get(IDENTITY),
        index=found.get(INDEXER),
        figures=history.together(),
        history=history,
        runs=runs,
        health=health,
    )


async def _runs(site: Site) -> tuple[Run, ...]:
    async with asyncio.timeout(site.settings.read_timeout), site.engine.connect() as tx:
        return await newest_runs(tx, limit=RUNS_SHOWN)
