"""The exceptions of the system: one sentence each (what happened, to what, what to do) and one category."""

from typing import ClassVar

from bdc_contracts import ErrorCategory

from bdc_chassis.redaction import redact

EXIT_SUCCEEDED = 0
EXIT_FAILED = 1
EXIT_USAGE = 2


class BdcError(Exception):
    """Something went wrong in a way that the operator should read as one sentence."""

    category: ErrorCategory = ErrorCategory.UNKNOWN
    exit_code: ClassVar[int] = EXIT_FAILED


class CommandError(BdcError):
    """What the operator asked for cannot be done as asked: no such repository, unreadable file."""

    category = ErrorCategory.COMMAND


class NotFound(CommandError):  # noqa: N818  (says what happened)
    """What the operator or client named does not exist; an API answers 404."""


class ConfigurationError(BdcError):
    """A setting is missing or wrong; nothing was started."""

    category = ErrorCategory.VALIDATION
    exit_code = EXIT_USAGE


class ValidationFailed(BdcError):  # noqa: N818  (named as the taxonomy names it)
    """Input does not have the form that it must have."""

    category = ErrorCategory.VALIDATION


class AuthError(BdcError):
    """Credentials were refused."""

    category = ErrorCategory.AUTH


class PermissionDenied(BdcError):  # noqa: N818  (named as the taxonomy names it)
    """The credentials are good, but not for this."""

    category = ErrorCategory.PERMISSION


class RateLimited(BdcError):  # noqa: N818  (named as the taxonomy names it)
    """The source asks us to slow down; `retry_after` is in seconds, None where it did not say."""

    category = ErrorCategory.RATE_LIMIT

    def __init__(self, message: str, *, retry_after: float | None = None) -> None:
        super().__init__(message)
        self.retry_after = retry_after


class NetworkError(BdcError):
    """The other side cannot be reached, or broke the connection; trying again later helps."""

    category = ErrorCategory.NETWORK


class TimedOut(BdcError):  # noqa: N818  (named as the taxonomy names it)
    """No answer in time; trying again later may help."""

    category = ErrorCategory.TIMEOUT


def sentence(error: BaseException) -> str:
    """Return what to tell the operator: our own errors are a sentence, others get their class in front."""
    text = redact(str(error)).strip()
    return text if isinstance(error, BdcError) and text else f"{type(error).__name__}: {text}".rstrip(": ")
