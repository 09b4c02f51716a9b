"""Text that PostgreSQL can hold: NUL and lone surrogates become U+FFFD."""

import re
from collections.abc import Sequence
from typing import Any, Final

import orjson

REPLACEMENT: Final = "\ufffd"

_UNSTORABLE: Final = re.compile("[\x00\ud800-\udfff]")


def storable(text: str) -> str:
    """Return `text` with what PostgreSQL cannot store replaced by U+FFFD."""
    return _UNSTORABLE.sub(REPLACEMENT, text)


def storable_value(value: Any) -> Any:
    """Return `value` with every text inside it storable; lists, tuples and mappings are searched."""
    if isinstance(value, str):
        return storable(value)
    if isinstance(value, dict):
        return {storable_value(name): storable_value(item) for name, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [storable_value(item) for item in value]
    return value


def needs_care(texts: Sequence[str | None]) -> bool:
    """Tell whether any of `texts` cannot be stored as it is; one look at all of them together is cheap."""
    joined = "".join(filter(None, texts))
    if "\x00" in joined:
        return True
    return not joined.isascii() and _UNSTORABLE.search(joined) is not None


def storable_json(value: Any) -> str | None:
    """Return the JSON text of `value` that a json or jsonb column accepts; None stays None."""
    if value is None:
        return None
    try:
        encoded = orjson.dumps(value, option=orjson.OPT_NON_STR_KEYS)
    except TypeError:  # a lone surrogate, which orjson refuses
        encoded = b"\\u0000"
    if b"\\u0000" in encoded:
        encoded = orjson.dumps(storable_value(value), option=orjson.OPT_NON_STR_KEYS)
    return encoded.decode()
