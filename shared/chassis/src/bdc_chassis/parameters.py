"""The query parameters of read APIs: typed, bounded, and refused in one sentence that names the parameter.

What is raised here becomes an answer 400 by `bdc_chassis.api_errors`.
"""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Final

from starlette.requests import Request

from bdc_chassis.errors import ValidationFailed

MOST: Final = 2**31 - 1
"""The largest number that PostgreSQL takes as an integer."""


def text(request: Request, name: str) -> str | None:
    """Return a text, None where it is empty or missing; NUL, which PostgreSQL refuses, becomes a space."""
    return request.query_params.get(name, "").replace("\0", " ") or None


def choice(request: Request, name: str, choices: Sequence[str], *, default: str) -> str:
    """Return one of `choices`.

    Raises:
        ValidationFailed: it is another text.
    """
    value = request.query_params.get(name) or default
    if value not in choices:
        raise ValidationFailed(f"`{name}` must be one of {', '.join(choices)}")
    return value


def number(request: Request, name: str, *, default: int, least: int = 0, most: int = MOST) -> int:
    """Return a whole number between `least` and `most`.

    Raises:
        ValidationFailed: it is none, or outside.
    """
    value = request.query_params.get(name) or str(default)
    if not (value.isascii() and value.isdigit() and least <= int(value) <= most):
        raise ValidationFailed(f"`{name}` must be a number from {least} to {most}")
    return int(value)


def moment(request: Request, name: str) -> datetime | None:
    """Return a point in time given as ISO 8601, UTC where it names no zone; None where it is missing.

    Raises:
        ValidationFailed: it is not one.
    """
    value = request.query_params.get(name)
    if not value:
        return None
    try:
        parsed = datetime.fromisoformat(value)
    except ValueError:
        raise ValidationFailed(f"`{name}` must be a date such as 2024-01-31, with a time or without") from None
    return parsed if parsed.tzinfo else parsed.replace(tzinfo=UTC)
