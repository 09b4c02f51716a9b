"""Brings a service's schema to the newest revision: role, schema, extensions, then Alembic.

A service keeps its revisions in `bdc_x/migrations/versions/*.py` and needs no `env.py`: this module is the environment.
Any number of replicas may migrate at once; an advisory lock lets them take turns.
"""

import importlib.util
import logging
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import asyncpg

from bdc_chassis.errors import ConfigurationError
from bdc_chassis.store.engine import connect_as, create_engine, libpq_url

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from bdc_chassis.service import Service
    from bdc_chassis.settings import ChassisSettings

VERSION_TABLE: Final = "alembic_version"

_REVISION = re.compile(r"^revision\b[^=]*=\s*[\"']([^\"']+)[\"']", re.MULTILINE)
_PARENTS = re.compile(r"^down_revision\b[^=]*=(.*)$", re.MULTILINE)
_QUOTED = re.compile(r"[\"']([^\"']+)[\"']")

log = logging.getLogger(__name__)


async def migrate_database(settings: "ChassisSettings", service: "Service") -> bool:
    """Migrate the service's schema to its newest revision; return whether there was anything to do.

    Raises:
        ConfigurationError: the login role may not create what is missing; the sentence says what an administrator runs.
        NetworkError: PostgreSQL does not answer.
    """
    versions = _versions(service.package)
    connection = await connect_as(libpq_url(settings.database_url), service.schema)
    try:
        if await _is_current(connection, service, versions):
            return False
        await connection.execute("SELECT pg_advisory_lock(hashtextextended($1, 0))", f"bdc-migrate:{service.schema}")
        if await _is_current(connection, service, versions):
            return False
        await _create_rooms(connection, service)
        await _upgrade(settings, service, versions)
    finally:
        await connection.close()
    log.info("schema migrated", extra={"schema": service.schema, "revision": sorted(heads(versions))})
    return True


def heads(versions: Path) -> set[str]:
    """Return the newest revisions in a folder, read from the files' text, which is faster than importing Alembic."""
    texts = [path.read_text("utf-8") for path in versions.glob("*.py") if path.name != "__init__.py"]
    revisions = {name for text in texts for name in _REVISION.findall(text)}
    parents = {name for text in texts for line in _PARENTS.findall(text) for name in _QUOTED.findall(line)}
    return revisions - parents


def _versions(package: str) -> Path:
    spec = importlib.util.find_spec(f"{package}.migrations")
    if spec is None or not spec.submodule_search_locations:
        raise ConfigurationError(
            f"{package} has no package `migrations`, though its service is declared with a database"
        )
    folder = Path(next(iter(spec.submodule_search_locations)))
    return folder / "versions" if (folder / "versions").is_dir() else folder


async def _is_current(connection: "asyncpg.Connection[Any]", service: "Service", versions: Path) -> bool:
    """Tell whether role, schema, extensions and revision are as they should be, by two queries."""
    ready = await connection.fetchval(
        """
        SELECT to_regclass($1) IS NOT NULL AND to_regrole($2) IS NOT NULL
           AND (SELECT count(*) FROM pg_extension WHERE extname = ANY ($3)) = cardinality($3)
        """,
        f'"{service.schema}".{VERSION_TABLE}',
        f'"{service.schema}"',
        list(service.extensions),
    )
    if not ready:
        return False
    rows = await connection.fetch(f'SELECT version_num FROM "{service.schema}".{VERSION_TABLE}')
    return {row["version_num"] for row in rows} == heads(versions)


async def _create_rooms(connection: "asyncpg.Connection[Any]", service: "Service") -> None:
    """Create role, schema and extensions as the login role."""
    await connection.execute("RESET ROLE")
    try:
        await _create_role(connection, service.schema)
        for extension in service.extensions:
            await connection.execute(f'CREATE EXTENSION IF NOT EXISTS "{extension}" WITH SCHEMA public')
        owner = f'AUTHORIZATION "{service.schema}"' if await _may_act_as(connection, service.schema) else ""
        if await connection.fetchval("SELECT to_regnamespace($1) IS NULL", f'"{service.schema}"'):
            await connection.execute(f'CREATE SCHEMA IF NOT EXISTS "{service.schema}" {owner}')
    except asyncpg.InsufficientPrivilegeError as error:
        raise ConfigurationError(
            f"the database user may not prepare the schema {service.schema} ({error}): migrate as a user with"
            " CREATEROLE and CREATE on the database, or let an administrator create schema, role and extensions"
        ) from error


async def _create_role(connection: "asyncpg.Connection[Any]", role: str) -> None:
    """Create the NOLOGIN role and let the login role act as it; without CREATEROLE the login role stays itself."""
    if not await connection.fetchval("SELECT to_regrole($1) IS NOT NULL", f'"{role}"'):
        if not await connection.fetchval("SELECT rolsuper OR rolcreaterole FROM pg_roles WHERE rolname = current_user"):
            return
        try:
            await connection.execute(f'CREATE ROLE "{role}" NOLOGIN')
        except (asyncpg.DuplicateObjectError, asyncpg.UniqueViolationError):
            log.debug("role %s was created meanwhile", role)  # roles are shared by all databases of a server
    if not await _may_act_as(connection, role):
        await connection.execute(f'GRANT "{role}" TO current_user WITH SET TRUE, INHERIT TRUE')


async def _may_act_as(connection: "asyncpg.Connection[Any]", role: str) -> bool:
    return bool(await connection.fetchval("SELECT pg_has_role(oid, 'SET') FROM pg_roles WHERE rolname = $1", role))


async def _upgrade(settings: "ChassisSettings", service: "Service", versions: Path) -> None:
    engine = create_engine(settings, service.schema)
    try:
        async with engine.connect() as connection:
            await connection.run_sync(_run_alembic, service.schema, versions)
            await connection.commit()
    finally:
        await engine.dispose()


def _run_alembic(connection: "Connection", schema: str, versions: Path) -> None:
    from alembic.config import Config  # noqa: PLC0415  (0.2 s that a current schema saves)
    from alembic.runtime.environment import EnvironmentContext  # noqa: PLC0415
    from alembic.script import ScriptDirectory  # noqa: PLC0415

    script = ScriptDirectory(str(versions.parent), version_locations=[str(versions)])

    def upgrade(revision: Any, _context: Any) -> Any:
        return script._upgrade_revs("head", revision)  # noqa: SLF001  (Alembic's own recipe for running without env.py)

    with EnvironmentContext(Config(), script, fn=upgrade) as environment:
        environment.configure(connection=connection, version_table=VERSION_TABLE, version_table_schema=schema)
        environment.run_migrations()
