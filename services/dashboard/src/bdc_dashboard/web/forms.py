"""Bodies of forms as typed, bounded values."""

from typing import Annotated, Final
from urllib.parse import parse_qs

from pydantic import BaseModel, ConfigDict, Field, ValidationError
from starlette.exceptions import HTTPException
from starlette.requests import Request

from bdc_dashboard.web.csrf import FIELD, is_ours

MAX_BODY: Final = 64 * 1024
MAX_FIELDS: Final = 2000
UNPROCESSABLE: Final = 422
FORBIDDEN: Final = 403
TOO_LARGE: Final = 413

Id = Annotated[str, Field(max_length=200)]


class DecisionForm(BaseModel):
    """A decision as a page's form sends it; `back` is the page to return to."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    verb: Annotated[str, Field(max_length=20)]
    people: tuple[Id, ...] = Field((), max_length=20)
    profiles: tuple[Id, ...] = Field((), max_length=1000)
    value: Annotated[str, Field(max_length=200)] = ""
    note: Annotated[str, Field(max_length=1000)] = ""
    undoes: Id | None = None
    back: Annotated[str, Field(max_length=500, pattern=r"^/([^/\\\x00-\x20][^\\\x00-\x20]*)?$")] = "/review"

    def asked(self) -> dict[str, object]:
        """Return what identity is asked for."""
        return self.model_dump(exclude={"back"}, exclude_defaults=True)


async def decision_form(request: Request) -> DecisionForm:
    """Return the form that was sent.

    Raises:
        HTTPException: it is too long, not from one of our pages, or not what the pages send.
    """
    fields = _fields(await _body(request))
    if not is_ours(request, fields.get(FIELD, [""])[-1]):
        raise HTTPException(FORBIDDEN, "This form is not from a page of this site, or too old: open the page again.")
    lists = {"people", "profiles"}
    given = {name: values if name in lists else values[-1] for name, values in fields.items() if any(values)}
    try:
        return DecisionForm.model_validate(given)
    except ValidationError:
        raise HTTPException(UNPROCESSABLE, "This form is none that the pages here send.") from None


def _fields(body: str) -> dict[str, list[str]]:
    try:
        return parse_qs(body, keep_blank_values=True, max_num_fields=MAX_FIELDS)
    except ValueError:
        raise HTTPException(TOO_LARGE, "This form has too many fields.") from None


async def _body(request: Request) -> str:
    body = b""
    async for chunk in request.stream():
        body += chunk
        if len(body) > MAX_BODY:
            raise HTTPException(TOO_LARGE, "This form is too long.")
    return body.decode("utf-8", "replace")
