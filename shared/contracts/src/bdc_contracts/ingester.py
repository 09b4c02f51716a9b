"""Results of continuous integration, as senders submit them in files.

Objects travel in batches of one kind. An object can be sent in pieces: a field that is missing says nothing, and of
two values of a field the one that was submitted later counts.
"""

from datetime import datetime
from typing import Any, ClassVar

from pydantic import Field

from bdc_contracts.event import Event, Record


class SubmissionAccepted(Event):
    """`ingester.submission.accepted`: the objects of a file are stored.

    `digest` is the SHA-256 of the file's bytes; the same bytes under another name are the same submission. `counts` are
    objects by kind, `version` is the schema's as it was sent.
    """

    DOMAIN: ClassVar[str] = "ingester"
    ENTITY: ClassVar[str] = "submission"
    ACTION: ClassVar[str] = "accepted"

    digest: str
    name: str
    size: int
    version: str
    origins: tuple[str, ...] = ()
    counts: dict[str, int] = Field(default_factory=dict)
    submitted_at: datetime

    def event_key(self) -> str:
        return self.digest

    def event_version(self) -> str:
        return self.digest

    def event_time(self) -> datetime:
        return self.submitted_at


class SubmissionRejected(Event):
    """`ingester.submission.rejected`: a file can not be taken in as it is, and waits for its sender to mend it.

    `digest` is None where the file was not read; `reason` is a word of a closed list, `error` a sentence, `path` where
    in the document.
    """

    DOMAIN: ClassVar[str] = "ingester"
    ENTITY: ClassVar[str] = "submission"
    ACTION: ClassVar[str] = "rejected"

    digest: str | None = None
    name: str
    reason: str
    error: str = ""
    path: str = ""
    version: str = ""
    origins: tuple[str, ...] = ()
    submitted_at: datetime

    def event_key(self) -> str:
        return f"{self.name}\n{self.digest}"

    def event_time(self) -> datetime:
        return self.submitted_at


class SeenObject(Record):
    """What all objects have; `revised_at` is when it was last submitted, where that is not the event's moment."""

    id: str
    origin: str
    comment: str | None = None
    misc: dict[str, Any] | None = None
    revised_at: datetime | None = None


class LoggedObject(SeenObject):
    """An object with a log; a long excerpt does not travel, `log_digest` is its SHA-256 then."""

    start_time: datetime | None = None
    log_url: str | None = None
    log_excerpt: str | None = None
    log_digest: str | None = None


class Checkout(LoggedObject):
    """Source code as it was tested."""

    tree_name: str | None = None
    git_repository_url: str | None = None
    git_commit_hash: str | None = None
    git_commit_name: str | None = None
    git_commit_tags: tuple[str, ...] | None = None
    git_commit_message: str | None = None
    git_repository_branch: str | None = None
    git_repository_branch_tip: bool | None = None
    patchset_files: list[dict[str, Any]] | None = None
    patchset_hash: str | None = None
    message_id: str | None = None
    origin_builds_finish_time: datetime | None = None
    origin_tests_finish_time: datetime | None = None
    valid: bool | None = None


class Build(LoggedObject):
    """One build of a checkout."""

    checkout_id: str
    duration: float | None = None
    architecture: str | None = None
    command: str | None = None
    compiler: str | None = None
    input_files: list[dict[str, Any]] | None = None
    output_files: list[dict[str, Any]] | None = None
    config_name: str | None = None
    config_url: str | None = None
    status: str | None = None
    lab: str | None = None


class TestRun(LoggedObject):
    """One run of a test on a build."""

    __test__: ClassVar[bool] = False

    build_id: str
    environment_comment: str | None = None
    environment_compatible: tuple[str, ...] | None = None
    environment_misc: dict[str, Any] | None = None
    path: str | None = None
    status: str | None = None
    duration: float | None = None
    number_value: float | None = None
    number_unit: str | None = None
    number_prefix: str | None = None
    input_files: list[dict[str, Any]] | None = None
    output_files: list[dict[str, Any]] | None = None
    platform: str | None = None
    lab: str | None = None


class Issue(SeenObject):
    """One version of a known fault; versions are things of their own."""

    version: int
    report_url: str | None = None
    report_subject: str | None = None
    culprit_code: bool | None = None
    culprit_tool: bool | None = None
    culprit_harness: bool | None = None
    categories: tuple[str, ...] | None = None


class Incident(SeenObject):
    """That an issue was seen in a build or a test, or (`present` is false) that it was not."""

    issue_id: str
    issue_version: int
    build_id: str | None = None
    test_id: str | None = None
    present: bool | None = None


class ObjectsSeen(Event):
    """What the events of all kinds have.

    `submission` is the digest of the file that the objects are from, `part` counts its events of this kind; a replay
    from the store has objects of many files in one event, and no `submission`.
    """

    DOMAIN: ClassVar[str] = "ingester"
    ACTION: ClassVar[str] = "seen"

    submission: str | None = None
    part: int = 0
    submitted_at: datetime

    def event_key(self) -> str:
        return f"{self.submission}\n{self.part}"

    def event_time(self) -> datetime:
        return self.submitted_at


class CheckoutSeen(ObjectsSeen):
    """`ingester.checkout.seen`: checkouts were submitted."""

    ENTITY: ClassVar[str] = "checkout"

    objects: tuple[Checkout, ...]


class BuildSeen(ObjectsSeen):
    """`ingester.build.seen`: builds were submitted."""

    ENTITY: ClassVar[str] = "build"

    objects: tuple[Build, ...]


class TestSeen(ObjectsSeen):
    """`ingester.test.seen`: runs of tests were submitted."""

    __test__: ClassVar[bool] = False
    ENTITY: ClassVar[str] = "test"

    objects: tuple[TestRun, ...]


class IssueSeen(ObjectsSeen):
    """`ingester.issue.seen`: versions of issues were submitted."""

    ENTITY: ClassVar[str] = "issue"

    objects: tuple[Issue, ...]


class IncidentSeen(ObjectsSeen):
    """`ingester.incident.seen`: incidents were submitted."""

    ENTITY: ClassVar[str] = "incident"

    objects: tuple[Incident, ...]
