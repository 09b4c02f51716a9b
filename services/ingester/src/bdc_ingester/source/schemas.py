"""The schemas of submissions, which are kcidb-io's, compiled once per process.

The library's own verdict is the reference, and `tests/test_parity.py` compares. An `email` is whatever holds an `@`, as
it is there (by its RFC a Message-ID is none). Two differences are meant: a line feed at the end of a value that has a
pattern or a format is refused, which Python's `$` overlooks, so that `robot` and `robot` with a line feed are not two
senders; and what the library would crash on, such as version 5.0 written as a fraction, is refused.
"""

from collections.abc import Iterator
from functools import cache
from typing import Any, Final, TypeAlias

import jsonschema_rs
from kcidb_io.schema import LATEST

from bdc_ingester.rejection import shortened

SchemaVersion: TypeAlias = Any
"""A version class of kcidb-io, which has no types."""

NEWEST: Final[SchemaVersion] = LATEST
EXCERPT: Final = "log_excerpt"
LONGEST_EXCERPT: Final = 16_384  # characters, in every version that has excerpts


def version_of(document: Any) -> SchemaVersion | None:
    """Return the version that the document says it has, None where it says none or one that is not known."""
    return NEWEST.get_exactly_compatible(document)


def first_error(document: Any, version: SchemaVersion) -> tuple[str, str] | None:
    """Return the first way in which the document does not adhere to exactly this version, in words, and its path.

    Looking for all of them would take memory for each, and a hostile document has millions. The document is as it was
    afterwards.
    """
    held = _without_logs(document)
    try:
        _validator(version).validate(document)
    except jsonschema_rs.ValidationError as error:
        return shortened(error.message), path_text(error.instance_path)
    finally:
        for item, excerpt in held:
            item[EXCERPT] = excerpt
    return None


def path_text(path: list[str | int]) -> str:
    """Return a path in a document as people write it: `tests[3].output_files[0].url`."""
    return shortened("".join(_steps(path)).removeprefix("."))


def _without_logs(document: Any) -> list[tuple[dict[str, Any], str]]:
    """Empty the log excerpts that every version takes, and return them: nine tenths of the time went into them."""
    held: list[tuple[dict[str, Any], str]] = []
    for kind in ("tests", "builds", "checkouts"):
        items = document.get(kind) if isinstance(document, dict) else None
        for item in items if isinstance(items, list) else ():
            excerpt = item.get(EXCERPT) if isinstance(item, dict) else None
            if isinstance(excerpt, str) and len(excerpt) <= LONGEST_EXCERPT and "\0" not in excerpt:
                held.append((item, excerpt))
                item[EXCERPT] = ""
    return held


def _steps(path: list[str | int]) -> Iterator[str]:
    return (f"[{step}]" if isinstance(step, int) else f".{step}" for step in path)


@cache
def _validator(version: SchemaVersion) -> jsonschema_rs.Draft7Validator:
    return jsonschema_rs.Draft7Validator(
        _translated(version.json),
        validate_formats=True,
        formats={"email": _has_at},
        # The engine whose time is linear in the input, whatever the input is.
        pattern_options=jsonschema_rs.RegexOptions(),
    )


def _has_at(value: str) -> bool:
    return "@" in value


def _translated(schema: Any) -> Any:
    if isinstance(schema, list):
        return [_translated(each) for each in schema]
    if not isinstance(schema, dict):
        return schema
    return {
        # The engine has no name `\0` for NUL.
        name: value.replace("\\0", "\\x00") if name == "pattern" and isinstance(value, str) else _translated(value)
        for name, value in schema.items()
    }
