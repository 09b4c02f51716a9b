from datetime import UTC, datetime, timedelta, timezone

import pytest
from bdc_chassis.errors import ValidationFailed
from bdc_chassis.parameters import choice, moment, number, text
from starlette.requests import Request


def asked(query: str) -> Request:
    return Request({"type": "http", "query_string": query.encode(), "headers": []})


def test_a_text_is_none_where_it_is_empty_and_holds_no_nul():
    assert text(asked("q=a%00b"), "q") == "a b"
    assert text(asked("q="), "q") is None
    assert text(asked(""), "q") is None


@pytest.mark.parametrize(("query", "value"), [("", 50), ("limit=", 50), ("limit=1", 1), ("limit=100", 100)])
def test_a_number_has_a_default_and_bounds(query, value):
    assert number(asked(query), "limit", default=50, least=1, most=100) == value


@pytest.mark.parametrize("given", ["0", "101", "-1", "x", "1.5", "%D9%A3", "9" * 4000])
def test_a_number_outside_its_bounds_is_refused_by_name(given):
    with pytest.raises(ValidationFailed, match="`limit` must be a number from 1 to 100"):
        number(asked(f"limit={given}"), "limit", default=50, least=1, most=100)


def test_a_choice_is_one_of_those_there_are():
    assert choice(asked(""), "bucket", ("day", "week"), default="week") == "week"
    with pytest.raises(ValidationFailed, match="`bucket` must be one of day, week"):
        choice(asked("bucket=year"), "bucket", ("day", "week"), default="week")


def test_a_moment_without_a_zone_is_utc():
    assert moment(asked("since=2024-01-31"), "since") == datetime(2024, 1, 31, tzinfo=UTC)
    east = timezone(timedelta(hours=2))
    assert moment(asked("since=2024-01-31T10:00%2B02:00"), "since") == datetime(2024, 1, 31, 10, tzinfo=east)
    assert moment(asked(""), "since") is None
    with pytest.raises(ValidationFailed, match="`since` must be a date"):
        moment(asked("since=yesterday"), "since")
