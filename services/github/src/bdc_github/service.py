"""The github service: what happens in repositories, over git."""

from typing import Annotated

import typer
from bdc_chassis.service import Service, run
from bdc_contracts import (
    BranchAdvanced,
    BranchRemoved,
    CommitFetched,
    CommitVanished,
    DocumentChanged,
    DocumentRemoved,
    PersonErased,
    PersonSeen,
    RepositoryRecollected,
    RepositorySeen,
)

from bdc_github.collector import GithubCollector, Options
from bdc_github.projector import projections
from bdc_github.replay import replay
from bdc_github.routes import routes
from bdc_github.settings import GithubSettings


def collector(
    settings: GithubSettings,
    repo: Annotated[
        list[str] | None,
        typer.Option(help="Address or path of a repository; can be given more than once.", metavar="URL_OR_PATH"),
    ] = None,
    no_stats: Annotated[
        bool, typer.Option("--no-stats", help="No files and line counts: a smaller mirror, ten times as fast.")
    ] = False,
) -> GithubCollector:
    """Return the collector that the command line asks for."""
    return GithubCollector(settings, Options(tuple(repo or ()), stats=not no_stats))


SERVICE = Service(
    name="github",
    settings=GithubSettings,
    projections=projections,
    publishes=(
        *(RepositorySeen, RepositoryRecollected, BranchAdvanced, BranchRemoved, CommitFetched, CommitVanished),
        *(PersonSeen, DocumentChanged, DocumentRemoved, PersonErased),
    ),
    collector=collector,
    replay=replay,
    routes=routes,
)


def main() -> None:
    """Run `bdc-github`."""
    run(SERVICE)
