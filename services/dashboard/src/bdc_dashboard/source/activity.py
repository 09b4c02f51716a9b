"""How much happened when: `GET /v1/activity`."""

from datetime import date
from enum import StrEnum
from typing import Final

from pydantic import ConfigDict, TypeAdapter
from pydantic.dataclasses import dataclass

from bdc_dashboard.source.client import ReadApi
from bdc_dashboard.source.periods import day_after, first_day


class Bucket(StrEnum):
    """The length of one bar."""

    DAY = "day"
    WEEK = "week"
    MONTH = "month"


@dataclass(frozen=True, config=ConfigDict(extra="ignore"))
class Series:
    """One kind of item: the first day of each bucket with how many happened in it; empty buckets are left out."""

    name: str
    points: tuple[tuple[date, int], ...] = ()


@dataclass(frozen=True, config=ConfigDict(extra="ignore"))
class Activity:
    """The series of one service."""

    bucket: Bucket
    series: tuple[Series, ...] = ()


_ACTIVITY: Final = TypeAdapter(Activity)


async def read_activity(
    api: ReadApi, service: str, bucket: Bucket, since: date | None = None, until: date | None = None
) -> Activity:
    """Return the activity of `service` per bucket, from the day `since` to the day `until`, both included."""
    params = {"bucket": bucket.value, "since": first_day(since), "until": day_after(until)}
    return await api.read(service, "/v1/activity", _ACTIVITY, params)
