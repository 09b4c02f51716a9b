"""How long a source asks us to wait, in whichever form it says so."""

import math
from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Final

RESET_MARGIN_S: Final = 1.0


def retry_after_seconds(headers: Mapping[str, str], now: datetime) -> float | None:
    """Return the wait in seconds: `Retry-After` (number or date), else GitHub's reset of a used-up limit, else None."""
    value = headers.get("retry-after", "").strip()
    if value:
        return _number_or_date(value, now)
    if headers.get("x-ratelimit-remaining") == "0":
        return _until_epoch(headers.get("x-ratelimit-reset", ""), now)
    return None


def _number_or_date(value: str, now: datetime) -> float | None:
    try:
        return max(0.0, float(value)) if math.isfinite(float(value)) else None
    except ValueError:
        pass
    try:
        moment = parsedate_to_datetime(value)
    except ValueError:
        return None
    return max(0.0, (moment.replace(tzinfo=moment.tzinfo or UTC) - now).total_seconds())


def _until_epoch(value: str, now: datetime) -> float | None:
    return max(0.0, int(value) - now.timestamp()) + RESET_MARGIN_S if value.isdigit() else None
