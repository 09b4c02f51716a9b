"""Query strings as typed, bounded values."""

import re
from datetime import date
from typing import Annotated, Final, Literal, TypeVar

from bdc_contracts import Outcome
from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator
from starlette.datastructures import QueryParams
from starlette.exceptions import HTTPException

from bdc_dashboard.source.activity import Bucket

CONTROL: Final = re.compile(r"[\x00-\x1f\x7f]+")
UNPROCESSABLE: Final = 422

Text = Annotated[str, Field(max_length=400)]
Name = Annotated[str, Field(max_length=200)]
Day = Annotated[date, Field(ge=date(1900, 1, 1), le=date(2200, 12, 31))]
Offset = Annotated[int, Field(ge=0, le=1_000_000)]


class Query(BaseModel):
    """Base of the queries: unknown parameters are ignored, empty ones count as not given."""

    model_config = ConfigDict(frozen=True, extra="ignore")


class Period(Query):
    """A range of days, both ends included."""

    since: Day | None = None
    until: Day | None = None

    @model_validator(mode="after")
    def _forwards(self) -> "Period":
        if self.since and self.until and self.since > self.until:
            raise ValueError("the range ends before it begins; swap 'from' and 'to'")
        return self


class ActivityQuery(Period):
    """What `/activity` shows."""

    bucket: Bucket | None = None
    view: Literal["together", "apart"] = "together"


class PeopleQuery(Query):
    """Whom `/people` lists."""

    query: Text = ""
    offset: Offset = 0


class PersonQuery(Query):
    """What a person's page has to tell besides: the decision that led to it."""

    done: Name = ""


class ReviewQuery(PersonQuery):
    """Which pair `/review` shows."""

    offset: Offset = 0


class SearchQuery(Period):
    """What `/search` looks for."""

    q: Text = ""
    source: Name = ""
    kind: Name = ""
    container: Name = ""
    person: Name = ""
    limit: Annotated[int, Field(ge=1, le=100)] = 20

    @property
    def filters(self) -> bool:
        """Whether the search is narrowed."""
        return any((self.source, self.kind, self.container, self.person, self.since, self.until))


class RunsQuery(Query):
    """Which runs `/runs` lists."""

    collector: Name = ""
    outcome: Outcome | None = None
    offset: Offset = 0


Q = TypeVar("Q", bound=Query)


def parse(model: type[Q], params: QueryParams) -> Q:
    """Return the query.

    Raises:
        HTTPException: 422 with one sentence about the first value that cannot be used.
    """
    given = {name: CONTROL.sub(" ", value).strip() for name, value in params.items()}
    try:
        return model.model_validate({name: value for name, value in given.items() if value})
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        where = f"'{first['loc'][0]}': " if first["loc"] else ""
        reason = f"This page cannot use {where}{first['msg'].removeprefix('Value error, ').lower()}."
        raise HTTPException(UNPROCESSABLE, reason) from error
