"""Factories: repositories, the collector against a real bus, the store behind it."""

from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from bdc_chassis.bus import Bus
from bdc_github.service import SERVICE
from bdc_github.settings import GithubSettings
from sqlalchemy.ext.asyncio import AsyncEngine

from .repositories import Repository
from .world import World

Make = Callable[..., Repository]


@pytest.fixture
def make_repository(tmp_path: Path) -> Make:
    """Call it with a name to get a new repository."""

    def make(name: str = "source", *, bare: bool = False) -> Repository:
        return Repository(tmp_path / name, bare=bare)

    return make


@pytest.fixture
def repository(make_repository: Make) -> Repository:
    return make_repository()


@pytest_asyncio.fixture
async def world(
    bus: Bus,
    make_settings: Callable[..., Any],
    service_database: Callable[[Any], Awaitable[AsyncEngine]],
) -> AsyncIterator[World]:
    """The collector and its service on a bus and a database of this test's own."""
    engine = await service_database(SERVICE)
    yield World(bus, make_settings(GithubSettings), engine)
