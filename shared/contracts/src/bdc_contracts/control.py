"""Runs of collectors, replay requests and dead letters."""

from datetime import datetime
from enum import StrEnum
from typing import Any, ClassVar

from pydantic import Field

from bdc_contracts.event import Event
from bdc_contracts.subjects import CONTROL


class Outcome(StrEnum):
    """How a run or one of its partitions ended."""

    SUCCEEDED = "succeeded"
    PARTIAL = "partial"
    FAILED = "failed"


class ErrorCategory(StrEnum):
    """The closed taxonomy of failures (DESIGN §5); retry policy, exit code and metric follow from it."""

    COMMAND = "command"
    VALIDATION = "validation"
    AUTH = "auth"
    PERMISSION = "permission"
    RATE_LIMIT = "rate_limit"
    NETWORK = "network"
    TIMEOUT = "timeout"
    UNKNOWN = "unknown"


class RunStarted(Event):
    """`control.run.started`: a collector began to work on a partition."""

    DOMAIN: ClassVar[str] = CONTROL
    ENTITY: ClassVar[str] = "run"
    ACTION: ClassVar[str] = "started"

    run_id: str
    collector: str
    partition: str
    started_at: datetime

    def event_key(self) -> str:
        return f"{self.run_id}:{self.partition}"

    def event_version(self) -> str:
        return ""

    def event_time(self) -> datetime:
        return self.started_at


class RunFinished(Event):
    """`control.run.finished`: what came of it. `counts` are per kind of fact; `cursor` is where the next run begins."""

    DOMAIN: ClassVar[str] = CONTROL
    ENTITY: ClassVar[str] = "run"
    ACTION: ClassVar[str] = "finished"

    run_id: str
    collector: str
    partition: str
    started_at: datetime
    finished_at: datetime
    outcome: str
    counts: dict[str, int] = Field(default_factory=dict)
    cursor: dict[str, Any] | None = None
    error_category: str | None = None
    error: str | None = None

    def event_key(self) -> str:
        return f"{self.run_id}:{self.partition}"

    def event_version(self) -> str:
        return ""

    def event_time(self) -> datetime:
        return self.finished_at


class ReplayRequested(Event):
    """`control.replay.requested.<service>`: the owning service re-emits its history as asked.

    `types` are event types such as `github.commit.fetched`; empty means all. `keys` are natural keys or their
    prefixes up to a line break (a repository, a list). `target` is the one service that should consume the copies;
    None means all.
    """

    DOMAIN: ClassVar[str] = CONTROL
    ENTITY: ClassVar[str] = "replay"
    ACTION: ClassVar[str] = "requested"

    request_id: str
    service: str
    types: tuple[str, ...] = ()
    since: datetime | None = None
    until: datetime | None = None
    keys: tuple[str, ...] = ()
    target: str | None = None
    requested_at: datetime

    def event_key(self) -> str:
        return self.request_id

    def event_version(self) -> str:
        return ""

    def event_time(self) -> datetime:
        return self.requested_at

    def event_route(self) -> str:
        return self.service


class ReplayFinished(Event):
    """`control.run.replayed`: a service has re-emitted all that a request asked for (or failed to, with `error`)."""

    DOMAIN: ClassVar[str] = CONTROL
    ENTITY: ClassVar[str] = "run"
    ACTION: ClassVar[str] = "replayed"

    request_id: str
    service: str
    events: int
    finished_at: datetime
    error: str | None = None

    def event_key(self) -> str:
        return self.request_id

    def event_version(self) -> str:
        return ""

    def event_time(self) -> datetime:
        return self.finished_at


class MessageDeadLettered(Event):
    """`control.message.dead_lettered.<service>`: a consumer gave up on a message; all that is needed to try it again.

    `payload` is base64; `sequence` is the original's place in the facts stream.
    """

    DOMAIN: ClassVar[str] = CONTROL
    ENTITY: ClassVar[str] = "message"
    ACTION: ClassVar[str] = "dead_lettered"

    service: str
    consumer: str
    original_subject: str
    sequence: int
    deliveries: int
    headers: dict[str, str] = Field(default_factory=dict)
    payload: str
    error_class: str
    error: str
    traceback: str
    failed_at: datetime

    def event_key(self) -> str:
        return f"{self.consumer}:{self.sequence}"

    def event_version(self) -> str:
        return ""

    def event_time(self) -> datetime:
        return self.failed_at

    def event_route(self) -> str:
        return self.service
