"""The check that keeps v1 additive: every breaking change is found, every additive one passes."""

from typing import Any

import pytest
from bdc_contracts import EVENTS, CommitFetched
from bdc_contracts.compatibility import breaking_changes, breaking_export_changes
from bdc_contracts.schemas import export, schema
from pydantic import Field, create_model

Fields = dict[str, Any]


def schema_of(**fields: Any) -> dict[str, Any]:
    return create_model("Payload", **fields).model_json_schema()


@pytest.mark.parametrize(
    ("before", "after", "named"),
    [
        ({"a": (str, ...)}, {"a": (str, ...), "b": (int, ...)}, "payload.b"),
        ({"a": (str, ...), "b": (int, ...)}, {"a": (str, ...)}, "payload.b"),
        ({"a": (str, ...)}, {"a": (str, "x")}, "payload.a"),
        ({"a": (str, "x")}, {"a": (str, ...)}, "payload.a"),
        ({"a": (str, "x")}, {"a": (str, "y")}, "payload.a"),
        ({"a": (int, ...)}, {"a": (str, ...)}, "payload.a"),
        ({"a": (int, ...)}, {"a": (float, ...)}, "payload.a"),
        ({"a": (str, ...)}, {"a": (str | None, ...)}, "payload.a"),
        ({"a": (str, ...)}, {"a": (str, Field(min_length=1))}, "payload.a"),
        ({"a": (list[int], ...)}, {"a": (list[str], ...)}, r"payload.a\[\]"),
        ({"a": (dict[str, int], ...)}, {"a": (dict[str, str], ...)}, r"payload.a\[\]"),
    ],
)
def test_a_change_that_breaks_a_reader_is_named(before: Fields, after: Fields, named: str) -> None:
    found = breaking_changes(schema_of(**before), schema_of(**after))

    assert len(found) >= 1
    assert all(change.startswith(named.replace("\\", "")) for change in found)


def test_an_added_optional_field_passes_also_inside_a_nested_record() -> None:
    inner_before = create_model("Inner", a=(str, ...))
    inner_after = create_model("Inner", a=(str, ...), b=(int | None, None))

    before = schema_of(items=(list[inner_before], ...))
    after = schema_of(items=(list[inner_after], ...), note=(str, ""))

    assert breaking_changes(before, after) == []


def test_prose_is_no_change() -> None:
    before = schema_of(a=(str, Field(description="one")))
    after = schema_of(a=(str, Field(description="two", title="A")))

    assert breaking_changes(before, after) == []


def test_a_breaking_change_of_a_real_event_is_found() -> None:
    released = schema(CommitFetched)
    broken = schema(CommitFetched)
    broken["$defs"]["Signature"]["properties"]["email"]["type"] = "integer"

    assert breaking_changes(released, broken) == [
        "payload.author.email: type changed from 'string' to 'integer'",
        "payload.committer.email: type changed from 'string' to 'integer'",
    ]


def test_a_removed_event_breaks_and_a_new_one_does_not() -> None:
    assert breaking_export_changes({"gone.json": {}}, {"new.json": {}}) == ["gone.json: the event was removed"]


def test_every_event_has_a_schema_of_its_own() -> None:
    assert len(export()) == len(EVENTS)
