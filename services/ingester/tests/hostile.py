"""Files that somebody careless or malicious puts into a spool, and what must become of them."""

import os
import socket
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import orjson
from bdc_ingester.source import Reason

from .submissions import a_build, a_checkout, a_test, an_incident, an_issue, document, submission

MIB = 1024 * 1024
HEAD = b'{"version":{"major":5,"minor":3},"tests":['
ONE = b'{"id":"robot:nested","origin":"robot","build_id":"robot:b","misc":{"x":'


@dataclass(frozen=True)
class Hostile:
    """A file: its name, what makes it, and for what reason it must fail."""

    name: str
    make: Callable[[Path], Any]
    reason: Reason


def _data(data: bytes) -> Callable[[Path], Any]:
    return lambda path: path.write_bytes(data)


def _nested(levels: int) -> bytes:
    return HEAD + ONE + b"[" * levels + b"]" * levels + b"}}]}"


def _sparse(path: Path) -> None:
    path.touch()
    os.truncate(path, 100 * MIB)


def _hundred_mebibytes_of_json(path: Path) -> None:
    path.write_bytes(HEAD + b"[],".ljust(MIB) * 100 + b"1]}")


def _socket(path: Path) -> None:
    # Its address may have some hundred characters only, hence the name relative to its folder.
    folder = os.open(path.parent, os.O_RDONLY)
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind(f"/proc/self/fd/{folder}/{path.name}")
    os.close(folder)


CONTENTS: dict[str, tuple[bytes, Reason]] = {
    "list": (b"[1]", Reason.UNKNOWN_VERSION),
    "empty-list": (b"[]", Reason.UNKNOWN_VERSION),
    "string": (b'"x"', Reason.UNKNOWN_VERSION),
    "null": (b"null", Reason.UNKNOWN_VERSION),
    "number": (b"7", Reason.UNKNOWN_VERSION),
    "no-version": (b"{}", Reason.UNKNOWN_VERSION),
    "future-version": (submission(version=(5, 4)), Reason.UNKNOWN_VERSION),
    "next-version": (submission(version=(6, 0)), Reason.UNKNOWN_VERSION),
    "huge-version": (b'{"version":{"major":' + b"9" * 300 + b"}}", Reason.UNKNOWN_VERSION),
    "version-of-texts": (b'{"version":{"major":"5","minor":"3"}}', Reason.UNKNOWN_VERSION),
    "null-tests": (orjson.dumps(document(tests=None)), Reason.INVALID),
    "tests-are-no-list": (orjson.dumps(document(tests={"id": 1})), Reason.INVALID),
    "test-is-no-object": (submission(tests=[1]), Reason.INVALID),
    "test-is-null": (submission(tests=[None]), Reason.INVALID),
    "test-is-a-list": (submission(tests=[[a_test()]]), Reason.INVALID),
    "origin-is-a-list": (submission(tests=[a_test() | {"origin": ["robot"]}]), Reason.INVALID),
    "origin-is-an-object": (submission(tests=[a_test() | {"origin": {"a": 1}}]), Reason.INVALID),
    "origin-is-null": (submission(tests=[a_test() | {"origin": None}]), Reason.INVALID),
    "unknown-field": (submission(tests=[a_test(extra=1)]), Reason.INVALID),
    "null-field": (submission(tests=[a_test(comment=None)]), Reason.INVALID),
    "lower-case-status": (submission(tests=[a_test(status="pass")]), Reason.INVALID),
    "long-excerpt": (submission(tests=[a_test(log_excerpt="x" * 16_385)]), Reason.INVALID),
    "nul-in-text": (submission(tests=[a_test(comment="a\0b")]), Reason.INVALID),
    "nul-in-id": (submission(tests=[a_test() | {"id": "robot:a\0b"}]), Reason.INVALID),
    "relative-address": (submission(tests=[a_test(log_url="../x")]), Reason.INVALID),
    "empty": (b"", Reason.EMPTY),
    "blank": (b" \n", Reason.NOT_JSON),
    "truncated": (submission(tests=[a_test()])[:-9], Reason.NOT_JSON),
    "trailing": (submission(tests=[a_test()]) + b"}", Reason.NOT_JSON),
    "two-documents": (submission() + submission(), Reason.NOT_JSON),
    "nul-bytes": (b"\0" * 4096, Reason.NOT_JSON),
    "raw-nul": (b'{"a":"\0"}', Reason.NOT_JSON),
    "latin-1": ('{"a":"é"}'.encode("latin-1"), Reason.NOT_JSON),
    "utf-16": (submission().decode().encode("utf-16"), Reason.NOT_JSON),
    "byte-order-mark": (b"\xef\xbb\xbf" + submission(), Reason.NOT_JSON),
    "nan": (b'{"version":NaN}', Reason.NOT_JSON),
    "infinite": (b'{"version":1e999}', Reason.NOT_JSON),
    "lone-surrogate": (b'{"a":"\\ud800"}', Reason.NOT_JSON),
    "random-bytes": (bytes(range(256)) * 64, Reason.NOT_JSON),
    "html": (b"<html><body>502 Bad Gateway</body></html>", Reason.NOT_JSON),
    "deep": (b"[" * 100_000 + b"]" * 100_000, Reason.TOO_DEEP),
    "deep-unclosed": (b'{"a":' * 1_000_000, Reason.TOO_DEEP),
    "deep-in-misc": (_nested(500), Reason.TOO_DEEP),
    "deepest-in-misc": (_nested(1000), Reason.TOO_DEEP),
    "a-million-errors": (HEAD + b"1," * 1_000_000 + b"1]}", Reason.INVALID),
    "millions-of-lists": (HEAD + b"[]," * 2_500_000 + b"1]}", Reason.TOO_LARGE),
    "long-id": (submission(tests=[a_test() | {"id": "robot:" + "x" * 100_000}]), Reason.OUT_OF_RANGE),
    "long-origin": (submission(tests=[a_test(origin="o" * 101)]), Reason.OUT_OF_RANGE),
    "huge-issue-version": (submission(issues=[an_issue(version=2**40)]), Reason.OUT_OF_RANGE),
    "leap-second": (submission(tests=[a_test(start_time="2016-12-31T23:59:60Z")]), Reason.OUT_OF_RANGE),
    "before-the-year-1": (submission(tests=[a_test(start_time="0001-01-01T00:00:00+14:00")]), Reason.OUT_OF_RANGE),
    "not-upgradable-path": (submission(version=(4, 2), tests=[a_test(path="a..b")]), Reason.NOT_UPGRADABLE),
    "not-upgradable-nul": (submission(version=(4, 2), tests=[a_test(comment="a\0")]), Reason.NOT_UPGRADABLE),
    "not-upgradable-address": (
        submission(version=(4, 2), checkouts=[a_checkout(git_repository_url="git://h/x.git")]),
        Reason.NOT_UPGRADABLE,
    ),
}

NAMES = (
    *(".json", "..json", "...json", "-rf.json", "a b.json", "line\nfeed.json", "tab\t.json", "é.json", "😀.json"),
    *("$(touch owned).json", "`id`.json", "..%2f..%2fx.json", "..\\..\\x.json", "%00.json", "'; drop table test;.json"),
    *("x.reason.json", "list.json.reason.json", "x.json.temp.json", "n" * 250 + ".json", "é" * 124 + ".json"),
)


def hostile_files(elsewhere: Path) -> list[Hostile]:
    """Return bad files of every kind; links lead to `elsewhere`, which nobody may read or change."""
    secret = elsewhere / "secret.json"
    secret.write_bytes(submission(tests=[a_test("secret")]))
    return [
        *(Hostile(f"bad-{name}.json", _data(data), reason) for name, (data, reason) in CONTENTS.items()),
        *(Hostile(name, _data(b"[1]"), Reason.UNKNOWN_VERSION) for name in NAMES),
        Hostile("bad-sparse.json", _sparse, Reason.TOO_LARGE),
        Hostile("bad-hundred-mebibytes.json", _hundred_mebibytes_of_json, Reason.TOO_LARGE),
        Hostile("bad-link.json", lambda path: path.symlink_to(secret), Reason.NOT_A_FILE),
        Hostile("bad-link-out.json", lambda path: path.symlink_to("/etc/passwd"), Reason.NOT_A_FILE),
        Hostile("bad-link-to-nothing.json", lambda path: path.symlink_to("none"), Reason.NOT_A_FILE),
        Hostile("bad-link-to-itself.json", lambda path: path.symlink_to(path.name), Reason.NOT_A_FILE),
        Hostile("bad-link-to-a-folder.json", lambda path: path.symlink_to(elsewhere), Reason.NOT_A_FILE),
        Hostile("bad-fifo.json", os.mkfifo, Reason.NOT_A_FILE),
        Hostile("bad-socket.json", _socket, Reason.NOT_A_FILE),
        Hostile(os.fsdecode(b"bad-\xff\xfe.json"), _data(b"[1]"), Reason.UNKNOWN_VERSION),
    ]


def legal_extremes() -> dict[str, bytes]:
    """Return files that look odd and are submissions all the same."""
    long = "x" * 200_000
    return {
        "no-objects": submission(),
        "empty-lists": submission(checkouts=[], builds=[], tests=[], issues=[], incidents=[]),
        "nul-in-misc": submission(tests=[a_test("nul", misc={"k\0": "a\0b", "escaped": "\\u0000"})]),
        "nul-in-message-id": submission(checkouts=[a_checkout("nul", message_id="a\0@b")]),
        "nested-in-misc": _nested(200),
        "long-id": submission(tests=[a_test("y" * 1000)]),
        "long-texts": submission(
            tests=[a_test("long", path="a" * 200_000, comment=long, log_url=f"http://h/{long}")],
            checkouts=[a_checkout("long", tree_name=long, git_commit_name=long, git_repository_branch=long)],
            builds=[a_build("long", config_name=long, command=long, compiler=long, architecture=long)],
            issues=[an_issue("long", report_subject=long, report_url=f"http://h/{long}")],
        ),
        "wide-excerpt": submission(tests=[a_test("wide", log_excerpt="😀" * 16_384, status="FAIL")]),
        "extreme-numbers": submission(
            tests=[a_test("numbers", duration=1e308, number={"value": -1e308}, misc={"n": 2**64 - 1})],
            builds=[a_build("numbers", duration=0)],
            issues=[an_issue("numbers", version=2**31 - 1)],
        ),
        "fractional-version": submission(issues=[an_issue("fraction", version=1.0)]),
        "extreme-times": submission(
            tests=[
                a_test("first", start_time="0001-01-01T00:00:00Z"),
                a_test("last", start_time="9999-12-31T23:59:59Z"),
            ]
        ),
        "one-object-ten-times": submission(tests=[a_test("same", comment=str(number)) for number in range(10)]),
        "issue-versions": submission(issues=[an_issue("versions", version) for version in range(5)]),
        "nothing-it-names-exists": submission(incidents=[an_incident("dangling", test_id="nobody:knows")]),
        "foreign-prefix": submission(tests=[a_test("foreign") | {"id": "somebody:else"}]),
        "right-to-left": submission(tests=[a_test("rtl", comment="\u202etxt.exe \ufffe \x7f \x01")]),
        "key-twice": HEAD + b'{"id":"robot:twice","origin":"robot","build_id":"a:b","path":"x","path":"y"}]}',
        "waived": submission(version=(4, 2), tests=[a_test("waived", waived=True)], builds=[a_build("v4", valid=True)]),
        "first-version": orjson.dumps({"version": "1", "revisions": [{"origin": "robot", "origin_id": "f" * 40}]}),
        "old-builds": orjson.dumps(
            {"version": {"major": 3}, "builds": [{"id": "robot:old", "origin": "robot", "revision_id": "f" * 40}]}
        ),
        "many-objects": submission(tests=[a_test(f"many-{number}") for number in range(5000)]),
        "many-origins": submission(tests=[a_test(1, f"origin_{number}") for number in range(500)]),
    }
