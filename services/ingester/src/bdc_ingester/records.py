"""Submissions and the five kinds of things that they are made of, in the newest version of the schema.

They are named tuples, since hundreds of thousands are made a minute and the database takes tuples. What is free of
form (`misc`, files, lists) is JSON text, ready to be stored. Text holds neither NUL nor lone surrogates.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple


class Checkout(NamedTuple):
    """Source code as it was tested."""

    id: str
    origin: str
    tree_name: str | None
    git_repository_url: str | None
    git_commit_hash: str | None
    git_commit_name: str | None
    git_commit_tags: str | None
    git_commit_message: str | None
    git_repository_branch: str | None
    git_repository_branch_tip: bool | None
    patchset_files: str | None
    patchset_hash: str | None
    message_id: str | None
    comment: str | None
    start_time: datetime | None
    origin_builds_finish_time: datetime | None
    origin_tests_finish_time: datetime | None
    log_url: str | None
    log_excerpt: str | None
    valid: bool | None
    misc: str | None


class Build(NamedTuple):
    """One build of a checkout; `lab` is where it was made."""

    id: str
    checkout_id: str
    origin: str
    comment: str | None
    start_time: datetime | None
    duration: float | None
    architecture: str | None
    command: str | None
    compiler: str | None
    input_files: str | None
    output_files: str | None
    config_name: str | None
    config_url: str | None
    log_url: str | None
    log_excerpt: str | None
    status: str | None
    misc: str | None
    lab: str | None


class Test(NamedTuple):
    """One run of a test on a build; `platform` and `lab` are what it ran on and where."""

    id: str
    build_id: str
    origin: str
    environment_comment: str | None
    environment_compatible: str | None
    environment_misc: str | None
    path: str | None
    comment: str | None
    log_url: str | None
    log_excerpt: str | None
    status: str | None
    start_time: datetime | None
    duration: float | None
    number_value: float | None
    number_unit: str | None
    number_prefix: str | None
    input_files: str | None
    output_files: str | None
    misc: str | None
    platform: str | None
    lab: str | None


class Issue(NamedTuple):
    """A known fault, in one of its versions."""

    id: str
    version: int
    origin: str
    report_url: str | None
    report_subject: str | None
    culprit_code: bool | None
    culprit_tool: bool | None
    culprit_harness: bool | None
    comment: str | None
    categories: str | None
    misc: str | None


class Incident(NamedTuple):
    """That an issue was seen in a build or test, or was not (`present`)."""

    id: str
    origin: str
    issue_id: str
    issue_version: int
    build_id: str | None
    test_id: str | None
    comment: str | None
    present: bool | None
    misc: str | None


@dataclass(frozen=True, slots=True)
class Submission:
    """What a file says.

    `digest` is the SHA-256 of the file's bytes and `size` their number; `version` is the schema's as it was sent;
    `origins` are the senders that the file names, sorted.
    """

    digest: str
    size: int
    version: str
    origins: tuple[str, ...]
    checkouts: tuple[Checkout, ...]
    builds: tuple[Build, ...]
    tests: tuple[Test, ...]
    issues: tuple[Issue, ...]
    incidents: tuple[Incident, ...]
