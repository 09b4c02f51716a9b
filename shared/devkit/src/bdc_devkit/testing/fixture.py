"""The database of one test: empty, or with the migrated schemas of the services that the test asks for."""

import hashlib
import importlib.resources
from typing import TYPE_CHECKING

from bdc_chassis.settings import ChassisSettings

if TYPE_CHECKING:
    from bdc_chassis.service import Service
    from sqlalchemy.ext.asyncio import AsyncEngine

    from bdc_devkit.testing.databases import Databases


class TestDatabase:
    """A database under a name that stays; what is in it is decided by the first who needs it."""

    __test__ = False

    def __init__(self, databases: "Databases") -> None:
        self.databases = databases
        self.name = databases.new_name()
        self.url = databases.url_of(self.name)
        self.services: list[str] = []
        self._created = False
        self._engines: list[AsyncEngine] = []

    def create(self) -> str:
        """Make sure that the database exists, and return its URL."""
        if not self._created:
            self.databases.create(self.name)
            self._created = True
        return self.url

    async def migrated(self, service: "Service") -> "AsyncEngine":
        """Return an engine on the service's migrated schema in this database.

        The first service of a test comes with a clone of its template; further ones are migrated in place.
        """
        from bdc_chassis.store.engine import create_engine  # noqa: PLC0415  (SQLAlchemy only where needed)
        from bdc_chassis.store.migrations import migrate_database  # noqa: PLC0415

        settings = ChassisSettings(database_url=self.url)
        if not self.services:
            template = await self._template(service)
            self.drop()
            self.databases.create(self.name, template)
            self._created = True
        elif service.name not in self.services:
            await migrate_database(settings, service)
        self.services.append(service.name)
        engine = create_engine(settings, service.name)
        self._engines.append(engine)
        return engine

    async def _template(self, service: "Service") -> str:
        from bdc_chassis.store.migrations import migrate_database  # noqa: PLC0415  (SQLAlchemy only where needed)

        key = f"{service.name}-{migrations_digest(service.name)}"
        if (name := self.databases.template(key)) is None:
            name = self.databases.new_name()
            self.databases.create(name)
            await migrate_database(ChassisSettings(database_url=self.databases.url_of(name)), service)
            self.databases.remember(key, name)
        return name

    async def dispose(self) -> None:
        """Close the engines that were handed out."""
        for engine in self._engines:
            await engine.dispose()

    def drop(self) -> None:
        """Drop the database, if it was created."""
        if self._created:
            self.databases.drop(self.name)
            self._created = False


def migrations_digest(service: str) -> str:
    """Return a digest of the service's migration scripts, so that a changed one gets a new template."""
    digest = hashlib.blake2b(digest_size=8)
    root = importlib.resources.files(f"bdc_{service.replace('-', '_')}") / "migrations"
    for folder in (root, root / "versions"):
        if folder.is_dir():
            for file in sorted((entry for entry in folder.iterdir() if entry.name.endswith(".py")), key=str):
                digest.update(file.read_bytes())
    return digest.hexdigest()
