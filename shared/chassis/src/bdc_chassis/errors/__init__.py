"""Errors that are one sentence with one category, and the category of everybody else's errors."""

from bdc_chassis.errors.classification import PASSING, classify, http_status_category, is_transient
from bdc_chassis.errors.hierarchy import (
    EXIT_FAILED,
    EXIT_SUCCEEDED,
    EXIT_USAGE,
    AuthError,
    BdcError,
    CommandError,
    ConfigurationError,
    NetworkError,
    NotFound,
    PermissionDenied,
    RateLimited,
    TimedOut,
    ValidationFailed,
    sentence,
)
from bdc_chassis.redaction import redact

__all__ = [
    "EXIT_FAILED",
    "EXIT_SUCCEEDED",
    "EXIT_USAGE",
    "PASSING",
    "AuthError",
    "BdcError",
    "CommandError",
    "ConfigurationError",
    "NetworkError",
    "NotFound",
    "PermissionDenied",
    "RateLimited",
    "TimedOut",
    "ValidationFailed",
    "classify",
    "http_status_category",
    "is_transient",
    "redact",
    "sentence",
]
