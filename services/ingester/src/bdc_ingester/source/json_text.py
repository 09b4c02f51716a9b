"""JSON from outside: strict, and bounded in what it takes of the memory."""

from typing import Any, Final

import orjson

from bdc_ingester.rejection import Reason, Rejected, Rejection

# A value such as `[]` takes thirty times its text in memory: so many of them take some 200 MiB.
MOST_VALUES: Final = 2_000_000


def parse_json(data: bytes) -> Any:
    """Return what a JSON text says; of a key that an object has twice the last counts.

    Raises:
        Rejected: it is no JSON (RFC 8259, in UTF-8), nested too deeply, or made of too many values.
    """
    # Every value but the first of its list or object has a comma before it, and is a character at least.
    if len(data) > 2 * MOST_VALUES and data.count(b",") > MOST_VALUES:
        raise Rejected(Rejection(Reason.TOO_LARGE, f"it is made of more than {MOST_VALUES:,} values"))
    try:
        return orjson.loads(data)
    except orjson.JSONDecodeError as error:
        reason = Reason.TOO_DEEP if "depth limit" in error.msg else Reason.NOT_JSON
        raise Rejected(Rejection(reason, f"this is no JSON: {error}")) from None
