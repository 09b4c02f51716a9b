"""Chart geometry: whatever the numbers and dates, everything stays on the canvas and adds up."""

from datetime import UTC, date, datetime, timedelta
from itertools import pairwise

import pytest
from bdc_dashboard.charts.calendar import bucket_name, buckets_between, floor_to, following, labels
from bdc_dashboard.charts.periods import WIDTH, period_chart
from bdc_dashboard.charts.scale import scale_to
from bdc_dashboard.charts.stacked import Canvas, stacked_chart
from bdc_dashboard.charts.timeline import MOST_BARS, timeline_of
from bdc_dashboard.source.activity import Bucket
from hypothesis import given
from hypothesis import strategies as st

TODAY = date(2026, 11, 22)
days = st.dates(date(1980, 1, 1), TODAY)
any_days = st.dates(date(1, 1, 1), date(9999, 12, 31))
buckets = st.sampled_from(Bucket)
points = st.lists(st.tuples(any_days, st.integers(0, 10**7)), max_size=20)
series = st.lists(points, max_size=4).map(lambda rows: [(f"series {i}", row) for i, row in enumerate(rows)])


@given(st.integers(0, 10**12), st.integers(1, 10))
def test_the_value_axis_reaches_the_greatest_value_with_few_round_ticks(greatest, most):
    scale = scale_to(greatest, most)

    assert scale.top >= max(greatest, 1)
    assert len(scale.ticks) <= most + 1
    assert str(scale.step).rstrip("0") in {"1", "2", "5"}


@given(any_days, buckets)
def test_a_bucket_begins_at_or_before_its_days_and_ends_after_them(day, bucket):
    first = floor_to(day, bucket)

    assert first <= day
    assert floor_to(first, bucket) == first
    if day.year < 9999:
        assert following(first, bucket) > day


@given(days, days, buckets)
def test_buckets_follow_each_other_without_gap(one, other, bucket):
    first, last = sorted((one, other))
    found = buckets_between(first, min(last, first + timedelta(days=900)), bucket)

    assert found[0] == floor_to(first, bucket)
    assert all(following(a, bucket) == b for a, b in pairwise(found))


@given(series, buckets)
def test_a_timeline_shows_every_item_or_counts_it_as_outside(named, bucket):
    line = timeline_of(named, bucket, TODAY)

    assert line.total + line.outside == sum(n for _, row in named for _, n in row)
    assert len(line.days) <= MOST_BARS or line.bucket is Bucket.MONTH


@given(series, buckets, st.builds(Canvas, width=st.floats(200, 2000), height=st.floats(80, 800)))
def test_bars_stay_on_the_canvas_and_stack_to_the_total(named, bucket, canvas):
    line = timeline_of(named, bucket, TODAY)
    chart = stacked_chart(line, canvas)
    floor = canvas.height - canvas.bottom
    unit = floor - chart.y_marks[1].at

    assert len(chart.columns) == len(line.days)
    for index, column in enumerate(chart.columns):
        total = sum(row.values[index] for row in line.rows)
        assert sum(bar.height for bar in column.bars) * _step(chart) == pytest.approx(total * unit, abs=1e-3)
        for bar in column.bars:
            assert canvas.left - 1e-6 <= bar.x
            assert bar.x + bar.width <= canvas.width - canvas.right + 1e-6
            assert canvas.top - 1e-6 <= bar.y
            assert bar.y + bar.height <= floor + 1e-6


def _step(chart):
    return int(chart.y_marks[1].label.replace(",", ""))


@given(days, st.integers(1, MOST_BARS), buckets)
def test_there_are_some_labels_but_never_too_many(first, length, bucket):
    row = [floor_to(first, bucket)]
    while len(row) < length:
        row.append(following(row[-1], bucket))

    marks = labels(row, most=10)

    assert 0 < len(marks) <= 10
    assert [index for index, _ in marks] == sorted({index for index, _ in marks})


def test_labels_read_as_a_calendar():
    months = buckets_between(date(2024, 1, 1), date(2024, 12, 1), Bucket.MONTH)
    years = buckets_between(date(2005, 1, 1), date(2026, 11, 1), Bucket.MONTH)
    week = buckets_between(date(2024, 2, 26), date(2024, 3, 3), Bucket.DAY)

    assert [text for _, text in labels(months)] == ["Jan 2024", "Apr", "Jul", "Oct"]
    assert [text for _, text in labels(years)] == ["2005", "2010", "2015", "2020", "2025"]
    assert [text for _, text in labels(week)][:4] == ["26 Feb", "27 Feb", "28 Feb", "29 Feb"]
    assert bucket_name(date(2024, 3, 4), Bucket.WEEK) == "week of 4 Mar 2024"


def test_an_empty_timeline_is_an_empty_chart():
    chart = stacked_chart(timeline_of([], Bucket.DAY, TODAY))

    assert chart.columns == ()


moments = st.datetimes(datetime(1980, 1, 1), datetime(2026, 11, 22)).map(lambda m: m.replace(tzinfo=UTC))  # noqa: DTZ001


@given(st.lists(st.tuples(st.text(max_size=5), moments, moments), min_size=1, max_size=30))
def test_periods_stay_on_their_canvas(periods):
    chart = period_chart(periods)

    assert len(chart.spans) == len(periods)
    for span in chart.spans:
        assert span.x >= 0
        assert span.x + span.width <= WIDTH
        assert span.y < chart.height


def test_no_periods_are_no_chart():
    assert period_chart([]) is None
