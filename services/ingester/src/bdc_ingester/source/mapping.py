"""Objects of a document in the newest version to records.

The schema has been checked before. What it leaves open and a database does not is checked here: how long an
identifier is, how large a number, whether a time exists.
"""

import re
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any, Final, TypeAlias

import orjson

from bdc_ingester.records import Build, Checkout, Incident, Issue, Test
from bdc_ingester.rejection import Reason
from bdc_ingester.source.labs import settle_lab
from bdc_ingester.source.senders import LONGEST_ORIGIN
from bdc_ingester.source.tree_names import TreeNames

Item: TypeAlias = dict[str, Any]

# An entry of a PostgreSQL B-tree takes 2,704 bytes, and keys of two ids exist.
LONGEST_ID_BYTES: Final = 1024
# Platform and lab are free text that charts group by.
LONGEST_LABEL: Final = 100
LARGEST_NUMBER: Final = 2**31 - 1
REPLACEMENT: Final = "\ufffd"

# A NUL in JSON text, and the pair of backslashes that only looks like the beginning of one.
_NUL: Final = re.compile(rb"(\\\\)|\\u0000")


class Unfit(ValueError):  # noqa: N818  (says what is the matter)
    """A value adheres to the schema, but can not be stored; `field` is where it is in its object."""

    def __init__(self, field: str, error: str, reason: Reason = Reason.OUT_OF_RANGE) -> None:
        super().__init__(error)
        self.field = field
        self.reason = reason


def checkout(item: Item, trees: TreeNames) -> Checkout:
    """Return a checkout, whose tree has the name that the operator gave to its repository."""
    get = item.get
    url = get("git_repository_url")
    message_id = get("message_id")
    return Checkout(
        _id(item, "id"),
        _origin(item),
        trees.name_of(url) or get("tree_name"),
        url,
        get("git_commit_hash"),
        get("git_commit_name"),
        _json(item, "git_commit_tags"),
        get("git_commit_message"),
        get("git_repository_branch"),
        get("git_repository_branch_tip"),
        _json(item, "patchset_files"),
        get("patchset_hash"),
        message_id and message_id.replace("\0", REPLACEMENT),  # the one text that the schema allows a NUL in
        get("comment"),
        _time(item, "start_time"),
        _time(item, "origin_builds_finish_time"),
        _time(item, "origin_tests_finish_time"),
        get("log_url"),
        get("log_excerpt"),
        get("valid"),
        _json(item, "misc"),
    )


def build(item: Item) -> Build:
    """Return a build with its lab."""
    get = item.get
    lab = settle_lab(item, "lab")
    return Build(
        _id(item, "id"),
        _id(item, "checkout_id"),
        _origin(item),
        get("comment"),
        _time(item, "start_time"),
        get("duration"),
        get("architecture"),
        get("command"),
        get("compiler"),
        _json(item, "input_files"),
        _json(item, "output_files"),
        get("config_name"),
        get("config_url"),
        get("log_url"),
        get("log_excerpt"),
        get("status"),
        _json(item, "misc"),
        _label(lab),
    )


def test(item: Item) -> Test:
    """Return a test with its lab and platform."""
    get = item.get
    lab = settle_lab(item, "runtime")
    environment = get("environment") or {}
    number = get("number") or {}
    return Test(
        _id(item, "id"),
        _id(item, "build_id"),
        _origin(item),
        environment.get("comment"),
        _json(environment, "compatible"),
        _json(environment, "misc", "environment.misc"),
        get("path"),
        get("comment"),
        get("log_url"),
        get("log_excerpt"),
        get("status"),
        _time(item, "start_time"),
        get("duration"),
        number.get("value"),
        number.get("unit"),
        number.get("prefix"),
        _json(item, "input_files"),
        _json(item, "output_files"),
        _json(item, "misc"),
        _label(environment.get("misc", {}).get("platform")),
        _label(lab),
    )


def issue(item: Item) -> Issue:
    """Return one version of an issue."""
    get = item.get
    culprit = get("culprit") or {}
    return Issue(
        _id(item, "id"),
        _whole(item, "version"),
        _origin(item),
        get("report_url"),
        get("report_subject"),
        culprit.get("code"),
        culprit.get("tool"),
        culprit.get("harness"),
        get("comment"),
        _json(item, "categories"),
        _json(item, "misc"),
    )


def incident(item: Item) -> Incident:
    """Return an incident."""
    get = item.get
    return Incident(
        _id(item, "id"),
        _origin(item),
        _id(item, "issue_id"),
        _whole(item, "issue_version"),
        _id(item, "build_id") if "build_id" in item else None,
        _id(item, "test_id") if "test_id" in item else None,
        get("comment"),
        get("present"),
        _json(item, "misc"),
    )


Mapper: TypeAlias = Callable[[Item], Any]


def _id(item: Item, field: str) -> str:
    value: str = item[field]
    # Most are shorter by far, also with four bytes a character.
    if len(value) * 4 > LONGEST_ID_BYTES and len(value.encode()) > LONGEST_ID_BYTES:
        raise Unfit(field, f"an id may have {LONGEST_ID_BYTES:,} bytes, and this one has {len(value.encode()):,}")
    return value


def _origin(item: Item) -> str:
    value: str = item["origin"]
    if len(value) > LONGEST_ORIGIN:
        raise Unfit("origin", f"an origin may have {LONGEST_ORIGIN} characters, and this one has {len(value):,}")
    return value


def _whole(item: Item, field: str) -> int:
    value = item[field]
    if value > LARGEST_NUMBER:
        raise Unfit(field, f"a version may be {LARGEST_NUMBER:,} at most")
    return int(value)  # JSON knows no difference between 1 and 1.0


def _time(item: Item, field: str) -> datetime | None:
    value = item.get(field)
    if value is None:
        return None
    try:
        return datetime.fromisoformat(value.upper()).astimezone(UTC)
    except (ValueError, OverflowError):
        raise Unfit(field, f"{value[:40]!r} is no moment between the years 1 and 9999") from None


def _label(value: Any) -> str | None:
    if not isinstance(value, str) or not value:
        return None
    return value.replace("\0", REPLACEMENT)[:LONGEST_LABEL]


def _json(item: Item, field: str, where: str | None = None) -> str | None:
    value = item.get(field)
    if value is None:
        return None
    try:
        encoded = orjson.dumps(value)
    except TypeError:  # nothing else can be wrong with what orjson has read
        raise Unfit(where or field, "values are nested more than 250 times", Reason.TOO_DEEP) from None
    if b"\\u0000" in encoded:
        encoded = _NUL.sub(lambda found: found[1] or REPLACEMENT.encode(), encoded)
    return encoded.decode()
