"""What senders are told, in the form that their programs know: `{"id": …, "status": …, "message": …}`."""

from http import HTTPStatus
from typing import Any, Final

import orjson
from bdc_chassis.errors import BdcError
from starlette.responses import Response

NO_ID: Final = "0"


class Refusal(BdcError):  # noqa: N818  (says what happened)
    """The sender gets this sentence, with this status."""

    def __init__(self, status: HTTPStatus, message: str) -> None:
        super().__init__(message)
        self.status = status


class Answer(Response):
    """An answer about one submission."""

    def __init__(self, identity: str, status: str, message: str, code: int = HTTPStatus.OK, **more: Any) -> None:
        content = {"id": identity, "status": status, "message": message, **more}
        super().__init__(orjson.dumps(content), code, media_type="application/json")

    @classmethod
    def refused(cls, refusal: Refusal) -> "Answer":
        """Return the answer to a request that is refused."""
        answer = cls(NO_ID, "error", str(refusal), refusal.status)
        if refusal.status == HTTPStatus.UNAUTHORIZED:
            answer.headers["WWW-Authenticate"] = "Bearer"
        return answer
