"""Every failure has one category, and a message is blamed only for what is its own fault."""

import errno
import json
import socket
import ssl
import subprocess

import asyncpg
import httpx
import nats.errors
import nats.js.errors
import pytest
from bdc_chassis.errors import (
    AuthError,
    CommandError,
    ConfigurationError,
    NetworkError,
    RateLimited,
    ValidationFailed,
    classify,
    is_transient,
    sentence,
)
from bdc_chassis.settings import ServiceSettings
from pydantic import ValidationError
from sqlalchemy.exc import DBAPIError


def status(code: int, **headers: str) -> httpx.HTTPStatusError:
    request = httpx.Request("GET", "https://example.org")
    response = httpx.Response(code, headers={name.replace("_", "-"): value for name, value in headers.items()})
    return httpx.HTTPStatusError("refused", request=request, response=response)


def invalid() -> ValidationError:
    with pytest.raises(ValidationError) as caught:
        ServiceSettings(http_port="x")
    return caught.value


def wrapped(error: asyncpg.PostgresError) -> DBAPIError:
    original = Exception(str(error))
    original.sqlstate = error.sqlstate
    return DBAPIError("INSERT", {}, original)


CASES = [
    (RateLimited("slow down", retry_after=3), "rate_limit", True),
    (NetworkError("gone"), "network", True),
    (AuthError("refused"), "auth", True),
    (ConfigurationError("missing"), "validation", True),
    (ValidationFailed("broken"), "validation", False),
    (CommandError("no such list"), "command", False),
    (status(429), "rate_limit", True),
    (status(403, retry_after="3"), "rate_limit", True),
    (status(403, x_ratelimit_remaining="0"), "rate_limit", True),
    (status(403), "permission", True),
    (status(401), "auth", True),
    (status(404), "unknown", False),
    (status(422), "validation", False),
    (status(502), "network", True),
    (status(504), "timeout", True),
    (httpx.ConnectTimeout("slow"), "timeout", True),
    (httpx.ReadError("reset"), "network", True),
    (httpx.InvalidURL("no"), "unknown", False),
    (asyncpg.DeadlockDetectedError("x"), "network", True),
    (asyncpg.SerializationError("x"), "network", True),
    (asyncpg.AdminShutdownError("x"), "network", True),
    (asyncpg.CannotConnectNowError("x"), "network", True),
    (asyncpg.TooManyConnectionsError("x"), "network", True),
    (asyncpg.DiskFullError("x"), "network", True),
    (asyncpg.QueryCanceledError("x"), "timeout", True),
    (asyncpg.ReadOnlySQLTransactionError("x"), "network", True),
    (asyncpg.CharacterNotInRepertoireError("x"), "validation", False),
    (asyncpg.UniqueViolationError("x"), "validation", False),
    (asyncpg.InvalidPasswordError("x"), "auth", True),
    (asyncpg.InsufficientPrivilegeError("x"), "permission", True),
    (asyncpg.UndefinedTableError("x"), "unknown", True),
    (asyncpg.UndefinedColumnError("x"), "unknown", True),
    (asyncpg.SyntaxOrAccessError("x"), "unknown", False),
    (asyncpg.InvalidCachedStatementError("x"), "unknown", True),
    (asyncpg.InterfaceError("connection is closed"), "network", True),
    (asyncpg.exceptions.DataError("invalid input"), "validation", False),
    (asyncpg.ConnectionDoesNotExistError("x"), "network", True),
    (wrapped(asyncpg.DeadlockDetectedError("x")), "network", True),
    (wrapped(asyncpg.NotNullViolationError("x")), "validation", False),
    (DBAPIError("SELECT", {}, ConnectionResetError("x")), "network", True),
    (DBAPIError("SELECT", {}, Exception("x"), connection_invalidated=True), "network", True),
    (nats.errors.TimeoutError(), "timeout", True),
    (nats.errors.NoServersError(), "network", True),
    (nats.errors.ConnectionClosedError(), "network", True),
    (nats.errors.AuthorizationError(), "auth", True),
    (nats.errors.MaxPayloadError(), "validation", False),
    (nats.js.errors.ServiceUnavailableError(), "network", True),
    (nats.js.errors.NotFoundError(), "unknown", False),
    (TimeoutError(), "timeout", True),
    (subprocess.TimeoutExpired("git", 3), "timeout", True),
    (subprocess.CalledProcessError(128, "git"), "command", False),
    (PermissionError(errno.EACCES, "no"), "permission", True),
    (ConnectionRefusedError(errno.ECONNREFUSED, "no"), "network", True),
    (socket.gaierror(-2, "unknown host"), "network", True),
    (ssl.SSLError(1, "bad"), "network", True),
    (OSError(errno.ENETUNREACH, "no"), "network", True),
    (OSError(errno.ENOSPC, "full"), "unknown", True),
    (OSError(errno.EMFILE, "too many"), "unknown", True),
    (FileNotFoundError(errno.ENOENT, "no"), "unknown", False),
    (invalid(), "validation", False),
    (json.JSONDecodeError("bad", "", 0), "validation", False),
    (UnicodeDecodeError("utf-8", b"\xff", 0, 1, "bad"), "validation", False),
    (KeyError("bug"), "unknown", False),
    (ExceptionGroup("two", [KeyError("x"), NetworkError("y")]), "network", False),
    (ExceptionGroup("two", [TimeoutError(), NetworkError("y")]), "timeout", True),
]


@pytest.mark.parametrize(("error", "category", "transient"), CASES, ids=lambda case: repr(case)[:60])
def test_each_failure_has_its_category(error, category, transient):
    assert classify(error) == category
    assert is_transient(error) is transient


def test_our_own_errors_are_their_sentence():
    assert sentence(NetworkError("the list is away: try later")) == "the list is away: try later"


def test_other_errors_get_their_class_in_front_and_lose_their_secrets():
    assert sentence(OSError("https://ann:hunter2@x.org")) == "OSError: https://ann:***@x.org"
    assert sentence(KeyError()) == "KeyError"
