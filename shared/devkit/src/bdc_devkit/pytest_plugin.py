"""Fixtures that give each test a real bus and a real database of its own.

`nats_url`, `bus`, `database_url`, `make_settings`, `service_database`. The servers are embedded, or containers with
`BDC_TEST_STACK=containers`, or the ones that `BDC_NATS_URL` and `BDC_DATABASE_URL` name.
"""
# ruff: noqa: PLC0415  (pytest loads this module in every run: what is heavy is imported by the fixture that needs it)

from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from typing import TYPE_CHECKING, Any, TypeVar

import pytest
import pytest_asyncio

if TYPE_CHECKING:
    from bdc_chassis.bus import Bus
    from bdc_chassis.service import Service
    from bdc_chassis.settings import ChassisSettings
    from sqlalchemy.ext.asyncio import AsyncEngine

    from bdc_devkit.testing.databases import Databases
    from bdc_devkit.testing.fixture import TestDatabase
    from bdc_devkit.testing.servers import NatsServers

    SettingsType = TypeVar("SettingsType", bound=ChassisSettings)


@pytest.fixture(scope="session")
def nats_servers() -> "Iterator[NatsServers]":
    """The source of NATS servers of this test process."""
    from bdc_devkit.testing.servers import NatsServers

    with NatsServers() as servers:
        yield servers


@pytest.fixture
def nats_url(nats_servers: "NatsServers") -> Iterator[str]:
    """The URL of a NATS server that only this test uses; nothing is provisioned on it."""
    with nats_servers.server() as url:
        yield url


@pytest_asyncio.fixture
async def bus(nats_url: str) -> "AsyncIterator[Bus]":
    """A connection to a provisioned server that only this test uses."""
    from bdc_chassis.bus.connection import connect
    from bdc_chassis.bus.provision import provision
    from bdc_chassis.settings import ChassisSettings

    async with await connect(ChassisSettings(nats_url=nats_url), name="test") as connection:
        await provision(connection.js)
        yield connection


@pytest.fixture(scope="session")
def test_databases() -> "Iterator[Databases]":
    """The PostgreSQL server of this test process."""
    from bdc_devkit.testing.databases import Databases
    from bdc_devkit.testing.servers import postgres_server

    with postgres_server() as url:
        databases = Databases(url)
        try:
            yield databases
        finally:
            databases.close()


@pytest.fixture
def test_database(test_databases: "Databases") -> "Iterator[TestDatabase]":
    """This test's database, created when somebody asks for its URL or for a service's schema."""
    from bdc_devkit.testing.fixture import TestDatabase

    database = TestDatabase(test_databases)
    yield database
    database.drop()


@pytest.fixture
def database_url(test_database: "TestDatabase") -> str:
    """The URL of a database that only this test uses."""
    return test_database.create()


@pytest_asyncio.fixture
async def service_database(
    test_database: "TestDatabase",
) -> "AsyncIterator[Callable[[Service], Awaitable[AsyncEngine]]]":
    """Call it with a `Service` to get an engine on its migrated schema in this test's database."""
    yield test_database.migrated
    await test_database.dispose()


@pytest.fixture
def make_settings(nats_url: str, database_url: str, tmp_path: "Any") -> "Callable[..., SettingsType]":
    """Call it with a settings class to get settings bound to this test's bus, database and files; keywords override."""

    def make(cls: "type[SettingsType]", **overrides: object) -> "SettingsType":
        bound = {"nats_url": nats_url, "database_url": database_url, "data_dir": tmp_path / "bdc"}
        return cls(**{**bound, **overrides})

    return make
