"""What a source may answer instead of what was asked for."""

from collections.abc import Mapping

from bdc_chassis.errors import BdcError, ValidationFailed, http_status_category
from bdc_chassis.redaction import redact


class HttpStatusError(BdcError):
    """The source answered with an error status; the category follows from it."""

    def __init__(self, method: str, url: str, status: int, headers: Mapping[str, str]) -> None:
        super().__init__(f"{method} {redact(url)} was answered with status {status}")
        self.status = status
        self.category = http_status_category(status, headers)


class ResponseTooLarge(ValidationFailed):
    """The body is larger than the limit; it was not read to its end."""
