"""The collector and its service against real servers, one call per thing that happens."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from bdc_chassis.bus import Bus, ensure_consumers, run_projections
from bdc_chassis.collect import RunReport, run_collector
from bdc_contracts import Event
from bdc_contracts.streams import FACTS
from bdc_github.collector import GithubCollector, Options
from bdc_github.projector import projections
from bdc_github.settings import GithubSettings
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

PATIENCE_S = 60.0


@dataclass
class World:
    """A bus, settings and an engine on the migrated schema."""

    bus: Bus
    settings: GithubSettings
    engine: AsyncEngine

    async def collect(self, *repositories: Path | str, stats: bool = True, **options: Any) -> RunReport:
        """Run the collector once."""
        collector = GithubCollector(self.settings, Options(tuple(map(str, repositories)), stats=stats))
        return await run_collector(collector, self.bus, self.settings, **options)

    async def collected(self, *repositories: Path | str, **options: Any) -> dict[str, int]:
        """Run the collector to a good end and return what it counted."""
        report = await self.collect(*repositories, **options)
        assert report.exit_code == 0, [each.error for each in report.partitions]
        return report.counts

    async def project(self) -> None:
        """Let the service store everything that is on the bus."""
        async with self.serving():
            async with asyncio.timeout(PATIENCE_S):
                while await self._behind():  # noqa: ASYNC110  (the server tells nobody)
                    await asyncio.sleep(0.01)

    @asynccontextmanager
    async def serving(self) -> AsyncIterator[None]:
        """Run the service's projections meanwhile."""
        consumers = projections(self.settings)
        await ensure_consumers(self.bus.js, "github", consumers)
        stop = asyncio.Event()
        work = asyncio.create_task(
            run_projections(self.bus, self.engine, consumers, settings=self.settings, stop=stop, service="github")
        )
        try:
            yield
        finally:
            stop.set()
            await work

    async def live(self) -> set[str]:
        """Return the commits that live in the store."""
        return {row[0] for row in await self.rows("SELECT sha FROM commit WHERE vanished_at IS NULL")}

    async def rows(self, query: str, **values: Any) -> Sequence[Any]:
        """Ask the store."""
        async with self.engine.connect() as tx:
            return (await tx.execute(text(query), values)).all()

    async def stored(self) -> dict[str, list[Any]]:
        """Return all that the store says, without the numbers that only this database gave."""
        return {name: sorted(map(repr, await self.rows(query))) for name, query in _CONTENT.items()}

    async def published(self, kind: type[Event]) -> list[Any]:
        """Return the events of a type on the bus, oldest first."""
        info = await self.bus.js.stream_info(FACTS.name)
        found = []
        for sequence in range(info.state.first_seq, info.state.last_seq + 1):
            message = await self.bus.js.get_msg(FACTS.name, sequence)
            if message.subject == kind.subscription().replace("*", "github"):
                found.append(kind.model_validate_json(message.data or b""))
        return found

    async def _behind(self) -> int:
        info = await self.bus.js.consumer_info(FACTS.name, "github-store")
        return (info.num_pending or 0) + (info.num_ack_pending or 0)

    def elsewhere(self, **changes: Any) -> "World":
        """Return this world with other settings."""
        return replace(self, settings=self.settings.model_copy(update=changes))


_CONTENT = {
    "repository": "SELECT repository, name, url, default_branch, observed_at, recollected_at FROM repository",
    "ref": "SELECT r.repository, f.ref, f.sha, f.removed_at FROM ref f JOIN repository r ON r.id = f.repository_id",
    "commit": "SELECT r.repository, c.sha, c.parents, c.author_name, c.author_account, c.author_at, c.author_offset,"
    " c.message, c.trailers, c.refs, c.stats, c.snapshot, c.observed_at, c.vanished_at"
    " FROM commit c JOIN repository r ON r.id = c.repository_id",
    "file": "SELECT c.sha, f.position, f.path, f.status, f.previous_path, f.additions, f.deletions, f.is_binary,"
    " f.submodule FROM commit_file f JOIN commit c ON c.id = f.commit_id",
    "person": "SELECT * FROM person",
}
