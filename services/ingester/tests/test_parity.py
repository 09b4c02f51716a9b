"""Our verdict on a document against that of kcidb-io, on the real submissions and on what can become of them."""

import copy
import random
from typing import Any

import orjson
import pytest
from bdc_ingester.source import Reason, Rejected, parse_submission, schemas
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from kcidb_io.schema import LATEST

from .submissions import a_build, a_checkout, a_test, an_incident, an_issue, document

LARGEST_BYTES = 20_000

URIS = [
    *("http://a", "http:", "a:", "a", "//a", "", "http://[::1]", "http://[::1", "http://a b", "http://a/é"),
    *("http://a/%zz", "http://a/%20", "1a:b", "http://a:99999", "http://a:x", "#x", "http://a/|", "http://a/{x}"),
    *("mailto:a@b", "HTTP://A", "http://a?x[]=1", "http://[v1.a]", "http://a#b#c", "urn:x", "http://u:p@h/", "x://"),
]
TIMES = [
    *("2020-01-01T00:00:00Z", "2020-01-01t00:00:00z", "2020-02-30T00:00:00Z", "2020-01-01T00:00:00.123456789Z"),
    *("2020-01-01 00:00:00Z", "2020-01-01T24:00:00Z", "2020-01-01T00:00:00+24:00", "2020-01-01T00:00:00", "now"),
    *("٢020-01-01T00:00:00Z", "2020-01-01T00:00:00.Z", "20200101T000000Z", "2020-01-01T00:00:00-00:00"),
]
TEXTS = ["", "a", "PASS", "pass", "a.b", "a..b", "robot:1", ":1", "Robot:1", "robot", "x86-64", "\0", "a\0b", "😀" * 5]
ODDITIES = [
    "y" * 16_384,
    None,
    True,
    False,
    0,
    1,
    -1,
    1.0,
    1.5,
    2**40,
    [],
    [None],
    {},
    {"a": 1},
    "x" * 16_385,
    "a@b",
    "@",
    "f" * 40,
]
DAY = "[0-2][0-9]{3}-[01][0-9]-[0-3][0-9]"
CLOCK = r"[0-2][0-9]:[0-6][0-9]:[0-5][0-9](\.[0-9]{0,7})?"
ZONE = "([Zz]|[+-][0-2][0-9]:?[0-6][0-9])?"
VALUES = [*URIS, *TIMES, *TEXTS, *ODDITIES]
NAMES = [
    "log_excerpt",
    "id",
    "origin",
    "misc",
    "status",
    "path",
    "waived",
    "valid",
    "_timestamp",
    "_x",
    "extra",
    "output_files",
]

EXAMPLES: list[dict[str, Any]] = [
    document(version=version, **kinds)
    for version in ((4, 0), (4, 2), (4, 5), (5, 0), (5, 3))
    for kinds in (
        {"checkouts": [a_checkout(git_repository_url="https://h/x.git", message_id="a@b", patchset_hash="")]},
        {"builds": [a_build(start_time="2020-01-01T00:00:00Z", duration=1.5, misc={"a": [1]})]},
        {
            "tests": [
                a_test(path="a.b", status="PASS", log_excerpt="x", output_files=[{"name": "x", "url": "http://h/x"}])
            ]
        },
        {"tests": [a_test(environment={"comment": "x", "misc": {"platform": "p"}})]},
        {"tests": [a_test(environment={"compatible": ["a,b"]}, number={"value": 1})]} if version > (4, 3) else {},
        {"issues": [an_issue(report_url="http://h", culprit={"code": True})]} if version > (4, 0) else {},
        {"incidents": [an_incident(present=True, test_id="robot:t")]} if version > (4, 0) else {},
    )
] + [
    {"version": "1", "revisions": [{"origin": "robot", "origin_id": "1"}]},
    {"version": {"major": 2}, "builds": [{"id": "robot:1", "revision_id": "robot:1"}]},
    {"version": {"major": 3}, "builds": [{"id": "robot:1", "origin": "robot", "revision_id": "f" * 40}]},
]


def places(value: Any) -> list[tuple[Any, Any]]:
    """Return every place in a document: a container and a key or index of it."""
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [place for key, inner in items for place in ((value, key), *places(inner))]


def mutated(data: dict[str, Any], seed: int) -> dict[str, Any]:
    chance = random.Random(seed)
    data = copy.deepcopy(data)
    for _ in range(chance.choice((1, 1, 1, 2, 3))):
        container, key = chance.choice(places(data))
        match chance.randrange(5):
            case 0:
                del container[key]
                if not places(data):
                    return data
            case 1:
                container[key] = copy.deepcopy(chance.choice(VALUES))
            case 2 if isinstance(container, dict):
                container[chance.choice(NAMES)] = copy.deepcopy(chance.choice(VALUES))
            case 3 if isinstance(container[key], str):
                text = container[key]
                cut = chance.randrange(len(text) + 1)
                container[key] = text[:cut] + chance.choice(("", "\0", " ", "é", "/", ":", "\n.", "A")) + text[cut:]
            case _:
                container[key] = [container[key]]
    return data


def verdicts(data: dict[str, Any]) -> tuple[bool, bool]:
    version = schemas.version_of(data)
    return version is not None and schemas.first_error(data, version) is None, LATEST.is_valid(data)


@pytest.fixture(scope="session")
def small_real_documents(real_submissions) -> list[dict[str, Any]]:
    return [orjson.loads(data) for data in real_submissions.values() if len(data) <= LARGEST_BYTES]


def test_the_library_accepts_every_real_submission_and_so_do_we(real_submissions):
    for name, data in real_submissions.items():
        assert verdicts(orjson.loads(data)) == (True, True), name


def test_the_examples_that_are_mutated_are_valid():
    assert [verdicts(each) for each in EXAMPLES] == [(True, True)] * len(EXAMPLES)


@settings(max_examples=600, deadline=None)
@given(st.sampled_from(EXAMPLES), st.integers(0, 2**32))
def test_we_agree_with_the_library_on_mutations_of_every_version(example, seed):
    data = mutated(example, seed)
    ours, theirs = verdicts(data)
    assert ours == theirs, data


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(which=st.integers(0, 1000), seed=st.integers(0, 2**32))
def test_we_agree_with_the_library_on_mutations_of_real_submissions(small_real_documents, which, seed):
    changed = mutated(small_real_documents[which % len(small_real_documents)], seed)
    ours, theirs = verdicts(changed)
    assert ours == theirs


@settings(max_examples=300, deadline=None)
@given(
    st.text(alphabet="abAB019:/?#[]@!$&'()*+,;=-._~% <>\\^`{|}\"é", max_size=20),
    st.sampled_from(["", "http:", "a://h"]),
)
def test_we_agree_with_the_library_on_addresses(text, prefix):
    ours, theirs = verdicts(document(tests=[a_test(log_url=prefix + text)]))
    assert ours == theirs


@settings(max_examples=300, deadline=None)
@given(st.from_regex(rf"{DAY}[Tt ]{CLOCK}{ZONE}\Z"))
def test_we_agree_with_the_library_on_times_but_those_of_the_year_0(text):
    ours, theirs = verdicts(document(tests=[a_test(start_time=text)]))
    assert ours == theirs or text.startswith("0000-")


@settings(max_examples=150, deadline=None)
@given(st.sampled_from(EXAMPLES), st.integers(0, 2**32))
def test_what_is_valid_becomes_what_the_library_upgrades_it_to(example, seed):
    data = mutated(example, seed)
    if verdicts(data) != (True, True):
        return
    try:
        parsed = parse_submission(orjson.dumps(data))
    except Rejected as refused:
        assert refused.rejection.reason in {Reason.NOT_UPGRADABLE, Reason.OUT_OF_RANGE}  # noqa: PT017
        return
    expected = LATEST.upgrade(data)
    assert LATEST.is_valid_exactly(expected)
    for kind in ("checkouts", "builds", "tests", "issues", "incidents"):
        assert [each.id for each in getattr(parsed, kind)] == [each["id"] for each in expected.get(kind, ())]


def rejection(data: dict[str, Any]) -> Reason:
    with pytest.raises(Rejected) as caught:
        parse_submission(orjson.dumps(data))
    return caught.value.rejection.reason


def test_meant_difference_a_line_feed_at_the_end_is_part_of_a_value():
    for field, value in (("origin", "robot\n"), ("path", "a.b\n"), ("log_url", "http://h/\n")):
        data = document(tests=[a_test() | {field: value}])
        assert LATEST.is_valid(data)
        assert rejection(data) is Reason.INVALID


def test_meant_difference_a_version_is_made_of_whole_numbers():
    for version in ({"major": 5.0, "minor": 3}, {"major": 5, "minor": 3.0}):
        assert LATEST.is_valid({"version": version})
        assert rejection({"version": version}) is Reason.UNKNOWN_VERSION


def test_meant_difference_times_that_do_not_exist_are_refused_for_being_out_of_range():
    for time in ("2016-12-31T23:59:60Z", "0000-01-01T00:00:00Z"):
        assert not LATEST.is_valid(document(tests=[a_test(start_time=time)]))
        assert rejection(document(tests=[a_test(start_time=time)])) is Reason.OUT_OF_RANGE


def test_meant_difference_numbers_and_texts_that_json_does_not_have_are_refused():
    import json  # noqa: PLC0415

    head = b'{"version":{"major":5,"minor":3},"tests":[{"id":"a:b","origin":"a","build_id":"a:c","misc":'
    for value in (b"NaN", b"Infinity", b"1e999", b'"\\ud800"'):
        data = head + value.join((b'{"x":', b"}}]}"))
        assert LATEST.is_valid(json.loads(data))
        with pytest.raises(Rejected, match="not_json"):
            parse_submission(data)
