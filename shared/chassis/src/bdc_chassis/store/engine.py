"""Engines that work in one service's schema, as that service's role."""

from typing import Any
from urllib.parse import urlsplit

import asyncpg
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

from bdc_chassis.errors import AuthError, BdcError, ConfigurationError, NetworkError, redact
from bdc_chassis.settings import ChassisSettings

CONNECT_TIMEOUT_S = 10.0

# `set_config('role', …)` is SET ROLE; it happens only where the role exists and the login role may take it.
_TAKE_ROLE = """
SELECT set_config('role', rolname, false) FROM pg_roles
WHERE rolname = $1 AND pg_has_role(session_user, oid, 'SET')
"""


def schema_name(service: str) -> str:
    """Return the schema and role of a service: its name with underscores."""
    return service.replace("-", "_")


def libpq_url(url: str) -> str:
    """Return `url` without the driver that SQLAlchemy writes into the scheme."""
    return url.replace("postgresql+asyncpg://", "postgresql://", 1)


def create_engine(settings: ChassisSettings, schema: str) -> AsyncEngine:
    """Return an engine whose connections have `schema` first in their search path and act as the role of that name.

    Where the login role may not take that role (or nobody created it), connections stay with the login role.
    Nothing is connected yet.
    """
    url, schema = libpq_url(settings.database_url), schema_name(schema)

    async def connect(**_dialect_arguments: Any) -> Any:
        return await connect_as(url, schema)

    return create_async_engine(
        "postgresql+asyncpg://",
        async_creator=connect,
        pool_size=settings.pool_size,
        max_overflow=settings.pool_size,
        pool_pre_ping=True,
    )


async def connect_as(url: str, schema: str) -> "asyncpg.Connection[asyncpg.Record]":
    """Open one connection that works in `schema`, as its role where that is allowed.

    Raises:
        NetworkError: nobody answers at the address, or the server is starting or stopping.
        AuthError: the server refuses the user or the password.
        ConfigurationError: there is no such database, or the URL is none.
    """
    try:
        connection: asyncpg.Connection[asyncpg.Record] = await asyncpg.connect(
            url,
            timeout=CONNECT_TIMEOUT_S,
            server_settings={
                "search_path": f'"{schema}", public',
                "timezone": "UTC",
                "application_name": f"bdc-{schema}",
                "client_min_messages": "warning",
            },
        )
    except (OSError, TimeoutError, ValueError, asyncpg.PostgresError, asyncpg.InterfaceError) as error:
        raise _connection_error(url, error) from error
    await connection.fetchval(_TAKE_ROLE, schema)
    return connection


def _connection_error(url: str, error: Exception) -> BdcError:
    where = _location(url)
    match error:
        case asyncpg.InvalidAuthorizationSpecificationError() | asyncpg.InvalidPasswordError():
            return AuthError(f"PostgreSQL at {where} refuses the user or password: set BDC_DATABASE_URL")
        case asyncpg.InvalidCatalogNameError():
            return ConfigurationError(f"PostgreSQL at {where} has no such database: create it, or set BDC_DATABASE_URL")
        case OSError() | TimeoutError() | asyncpg.PostgresError():
            reason = redact(str(error)) or type(error).__name__
            return NetworkError(
                f"PostgreSQL does not answer at {where} ({reason}): start it (`bdc up`) or set BDC_DATABASE_URL"
            )
    return ConfigurationError("BDC_DATABASE_URL is not a PostgreSQL URL such as postgresql://user@host:5432/name")


def _location(url: str) -> str:
    """Return host, port and database without credentials."""
    parts = urlsplit(url)
    return f"{parts.netloc.rpartition('@')[2]}{parts.path}"
