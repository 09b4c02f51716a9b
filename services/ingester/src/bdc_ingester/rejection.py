"""Why a file can not be taken in: the reason, in a word for metrics and in a sentence for its sender."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final

import orjson
from bdc_chassis.errors import ValidationFailed

LONGEST_ERROR: Final = 300


class Reason(StrEnum):
    """What is wrong with a file; a closed list, so that metrics can be labelled with it."""

    NOT_A_FILE = "not_a_file"
    UNREADABLE = "unreadable"
    TOO_LARGE = "too_large"
    EMPTY = "empty"
    NOT_JSON = "not_json"
    TOO_DEEP = "too_deep"
    UNKNOWN_VERSION = "unknown_version"
    INVALID = "invalid"
    NOT_UPGRADABLE = "not_upgradable"
    OUT_OF_RANGE = "out_of_range"
    DATABASE = "database"
    KILLS_WORKER = "kills_worker"
    INTERNAL = "internal"


@dataclass(frozen=True, slots=True)
class Rejection:
    """A verdict on a file.

    `error` is the first thing that is wrong, in words, and may quote a little of the document; `path` is where that
    is, such as `tests[3].status`; `origins` are the senders that the document names.
    """

    reason: Reason
    error: str
    path: str = ""
    origins: tuple[str, ...] = ()
    version: str = ""

    def to_json(self, **more: Any) -> bytes:
        """Return the content of a `.reason.json`, with whatever else is known of the file."""
        own = {
            "reason": self.reason,
            "error": self.error,
            "path": self.path,
            "origins": self.origins,
            "version": self.version,
        }
        return orjson.dumps(own | more, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE)


class Rejected(ValidationFailed):
    """The file is at fault: it will never be taken in as it is. Its text quotes nothing of the document."""

    def __init__(self, rejection: Rejection) -> None:
        where = f" at {rejection.path}" if rejection.path else ""
        super().__init__(f"rejected: {rejection.reason}{where}")
        self.rejection = rejection

    def __reduce__(self) -> tuple[type["Rejected"], tuple[Rejection]]:
        return type(self), (self.rejection,)


def shortened(text: str) -> str:
    """Return `text` without the middle of what is too long to read; both ends of a message say something."""
    if len(text) <= LONGEST_ERROR:
        return text
    half = LONGEST_ERROR // 2
    return f"{text[:half]} … {text[-half:]}"
