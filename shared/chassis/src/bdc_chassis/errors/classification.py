"""Maps any exception onto the closed taxonomy of failures; retry policy and exit code follow from the category.

Libraries are recognised by the module of the exception's class, so that nothing is imported to look at an error.
"""

import errno
import subprocess
from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final

from bdc_contracts import ErrorCategory

from bdc_chassis.errors.hierarchy import BdcError, ConfigurationError

PASSING: Final = frozenset({ErrorCategory.NETWORK, ErrorCategory.TIMEOUT, ErrorCategory.RATE_LIMIT})
_ENVIRONMENT: Final = PASSING | {ErrorCategory.AUTH, ErrorCategory.PERMISSION}

# PostgreSQL: by class (two characters) or whole SQLSTATE, the longer match decides.
_SQLSTATES: Final[Mapping[str, ErrorCategory]] = {
    "08": ErrorCategory.NETWORK,  # connection exception
    "22": ErrorCategory.VALIDATION,  # data exception
    "23": ErrorCategory.VALIDATION,  # integrity constraint violation
    "25006": ErrorCategory.NETWORK,  # read-only: a standby, or a primary that is about to become one
    "28": ErrorCategory.AUTH,  # invalid authorization
    "40": ErrorCategory.NETWORK,  # deadlock, serialization failure
    "42501": ErrorCategory.PERMISSION,
    "53": ErrorCategory.NETWORK,  # out of connections, memory or disk
    "55P03": ErrorCategory.NETWORK,  # lock not available
    "57014": ErrorCategory.TIMEOUT,  # statement timeout
    "57P": ErrorCategory.NETWORK,  # admin shutdown, crash, cannot connect now
}
# The schema is not the one that the code was written for (table, column, type, function): `migrate` has not run.
_UNMIGRATED: Final = frozenset({"42P01", "3F000", "42703", "42704", "42883"})

_NETWORK_ERRNOS: Final = frozenset(
    {
        errno.EPIPE,
        errno.ECONNRESET,
        errno.ECONNREFUSED,
        errno.ECONNABORTED,
        errno.ENOTCONN,
        errno.ENETUNREACH,
        errno.ENETDOWN,
        errno.ENETRESET,
        errno.EHOSTUNREACH,
        errno.EADDRINUSE,
        errno.EADDRNOTAVAIL,
        errno.ESHUTDOWN,
        errno.EMSGSIZE,
        errno.ENOBUFS,
    }
)
# The machine is short of something that comes back: full disk, no file handles, no memory.
_EXHAUSTED_ERRNOS: Final = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EMFILE, errno.ENFILE, errno.ENOMEM})


def classify(error: BaseException) -> ErrorCategory:
    """Return the category of `error`; of an exception group, that of its first leaf that has one."""
    for leaf in _leaves(error):
        category = _classify_one(leaf)
        if category is not ErrorCategory.UNKNOWN:
            return category
    return ErrorCategory.UNKNOWN


def is_transient(error: BaseException) -> bool:
    """Tell whether the same work may succeed later: what failed is around it, not in it.

    A changed password or a schema that is not migrated count too: they must never make dead letters of good messages.
    """
    if isinstance(error, BaseExceptionGroup):
        return all(is_transient(inner) for inner in error.exceptions)
    if isinstance(error, OSError) and error.errno in _EXHAUSTED_ERRNOS:
        return True
    if isinstance(error, ConfigurationError) or _sqlstate(error) in _UNMIGRATED or _is_stale_plan(error):
        return True
    return classify(error) in _ENVIRONMENT


def _leaves(error: BaseException) -> Iterator[BaseException]:
    if isinstance(error, BaseExceptionGroup):
        for inner in error.exceptions:
            yield from _leaves(inner)
    else:
        yield error


def _classify_one(error: BaseException) -> ErrorCategory:
    if isinstance(error, BdcError):
        return error.category
    for library, judge in _LIBRARIES.items():
        if any(cls.__module__.partition(".")[0] == library for cls in type(error).__mro__):
            return judge(error)
    if isinstance(error, (TimeoutError, subprocess.TimeoutExpired)):
        return ErrorCategory.TIMEOUT
    if isinstance(error, subprocess.CalledProcessError):
        return ErrorCategory.COMMAND
    if isinstance(error, OSError):
        return _os_error(error)
    return ErrorCategory.VALIDATION if isinstance(error, ValueError) else ErrorCategory.UNKNOWN


def _os_error(error: OSError) -> ErrorCategory:
    if isinstance(error, PermissionError):
        return ErrorCategory.PERMISSION
    names = {cls.__name__ for cls in type(error).__mro__}
    if isinstance(error, ConnectionError) or error.errno in _NETWORK_ERRNOS or names & {"gaierror", "SSLError"}:
        return ErrorCategory.NETWORK
    return ErrorCategory.UNKNOWN


def _http(error: Any) -> ErrorCategory:
    names = {cls.__name__ for cls in type(error).__mro__}
    if "HTTPStatusError" in names:
        return http_status_category(error.response.status_code, error.response.headers)
    if "TimeoutException" in names:
        return ErrorCategory.TIMEOUT
    if names & {"TransportError", "StreamError"}:
        return ErrorCategory.NETWORK
    return ErrorCategory.VALIDATION if isinstance(error, ValueError) else ErrorCategory.UNKNOWN


def http_status_category(status: int, headers: Mapping[str, str]) -> ErrorCategory:
    """Return the category of an HTTP error status; a 403 that speaks of a limit is a rate limit."""
    limited = "retry-after" in headers or headers.get("x-ratelimit-remaining") == "0"
    match status:
        case 429:
            return ErrorCategory.RATE_LIMIT
        case 403:
            return ErrorCategory.RATE_LIMIT if limited else ErrorCategory.PERMISSION
        case 401 | 407:
            return ErrorCategory.AUTH
        case 408 | 504:
            return ErrorCategory.TIMEOUT
        case 400 | 422:
            return ErrorCategory.VALIDATION
    return ErrorCategory.NETWORK if status >= 500 else ErrorCategory.UNKNOWN  # noqa: PLR2004  (5xx)


def _database(error: Any) -> ErrorCategory:
    state = _sqlstate(error)
    for length in (5, 3, 2):
        if state and state[:length] in _SQLSTATES:
            return _SQLSTATES[state[:length]]
    original = getattr(error, "orig", None) or error.__cause__
    if getattr(error, "connection_invalidated", False):
        return ErrorCategory.NETWORK
    if isinstance(original, BaseException) and original is not error:
        return _classify_one(original)
    names = {cls.__name__ for cls in type(error).__mro__}
    if names & {"InterfaceError", "DisconnectionError", "TimeoutError"}:
        return ErrorCategory.VALIDATION if "DataError" in names else ErrorCategory.NETWORK
    return ErrorCategory.VALIDATION if isinstance(error, ValueError) else ErrorCategory.UNKNOWN


def _sqlstate(error: BaseException) -> str | None:
    for candidate in (error, getattr(error, "orig", None)):
        state = getattr(candidate, "sqlstate", None)
        if isinstance(state, str):
            return state
    return None


def _is_stale_plan(error: BaseException) -> bool:
    """Tell whether a prepared statement met a table that was migrated since; the connection prepares it anew."""
    return any(
        cls.__name__ == "InvalidCachedStatementError"
        for candidate in (error, getattr(error, "orig", None))
        for cls in type(candidate).__mro__
    )


def _nats(error: Any) -> ErrorCategory:
    names = {cls.__name__ for cls in type(error).__mro__}
    if "AuthorizationError" in names:
        return ErrorCategory.AUTH
    if isinstance(error, TimeoutError) or "FetchTimeoutError" in names:
        return ErrorCategory.TIMEOUT
    if "MaxPayloadError" in names:
        return ErrorCategory.VALIDATION
    if "APIError" in names and "ServiceUnavailableError" not in names:
        return ErrorCategory.UNKNOWN
    return ErrorCategory.NETWORK


_LIBRARIES: Final[Mapping[str, Callable[[Any], ErrorCategory]]] = {
    "httpx": _http,
    "sqlalchemy": _database,
    "asyncpg": _database,
    "nats": _nats,
}
