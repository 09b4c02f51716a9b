import subprocess
import sys
from datetime import UTC, datetime
from hashlib import sha256

import orjson
import pytest
from bdc_ingester.source import Reason, Rejected, Rejection, TreeNames, parse_submission

from .submissions import a_build, a_checkout, a_test, an_incident, an_issue, document, submission


def rejection(data: bytes) -> Rejection:
    with pytest.raises(Rejected) as caught:
        parse_submission(data)
    return caught.value.rejection


def test_every_real_submission_is_taken_in_with_all_its_objects(real_submissions):
    for name, data in real_submissions.items():
        parsed = parse_submission(data)
        sent = orjson.loads(data)
        for kind in ("checkouts", "builds", "tests"):
            assert len(getattr(parsed, kind)) == len(sent.get(kind, ())), name
        assert parsed.digest == sha256(data).hexdigest()
        assert parsed.origins


def test_the_real_submissions_of_older_versions_are_upgraded(real_submissions):
    parsed = [parse_submission(data) for data in real_submissions.values()]
    old = [each for each in parsed if each.version == "4.2"]
    assert old
    assert all(each.status in {"PASS", "FAIL", None} for submission in old for each in submission.builds)


def test_all_five_kinds_become_records():
    parsed = parse_submission(
        submission(
            checkouts=[a_checkout()],
            builds=[a_build()],
            tests=[a_test()],
            issues=[an_issue()],
            incidents=[an_incident()],
        )
    )
    assert [
        each[0].id for each in (parsed.checkouts, parsed.builds, parsed.tests, parsed.issues, parsed.incidents)
    ] == ["robot:checkout-1", "robot:build-1", "robot:test-1", "robot:issue-1", "robot:incident-1"]
    assert parsed.origins == ("robot",)
    assert parsed.version == "5.3"


def test_nested_fields_become_columns():
    data = submission(
        tests=[
            a_test(
                environment={"comment": "rack 7", "compatible": ["arm,juno"], "misc": {"platform": "juno"}},
                number={"value": 1.5, "unit": "s", "prefix": "metric"},
            )
        ],
        issues=[an_issue(culprit={"code": True, "harness": False})],
    )
    parsed = parse_submission(data)
    [tested], [known] = parsed.tests, parsed.issues
    assert (tested.environment_comment, tested.environment_compatible) == ("rack 7", '["arm,juno"]')
    assert (tested.platform, tested.environment_misc) == ("juno", '{"platform":"juno"}')
    assert (tested.number_value, tested.number_unit, tested.number_prefix) == (1.5, "s", "metric")
    assert (known.culprit_code, known.culprit_tool, known.culprit_harness) == (True, None, False)


def test_times_are_moments_in_utc():
    [tested] = parse_submission(submission(tests=[a_test(start_time="2025-07-17T20:08:54.5+02:00")])).tests
    assert tested.start_time == datetime(2025, 7, 17, 18, 8, 54, 500000, UTC)


def test_a_build_of_version_4_gets_the_status_that_its_validity_meant():
    data = submission(version=(4, 2), builds=[a_build(1, valid=True), a_build(2, valid=False), a_build(3)])
    assert [each.status for each in parse_submission(data).builds] == ["PASS", "FAIL", None]


def test_a_waived_test_of_version_4_becomes_an_incident_that_is_not_its_senders():
    parsed = parse_submission(submission(version=(4, 2), tests=[a_test(waived=True)]))
    assert [each.id for each in parsed.issues] == ["_:waived"]
    assert [each.test_id for each in parsed.incidents] == ["robot:test-1"]
    assert parsed.origins == ("robot",)


def test_a_version_without_minor_number_is_the_first_of_its_major():
    assert parse_submission(orjson.dumps({"version": {"major": 5}})).version == "5.0"


def test_a_submission_without_objects_is_one():
    assert parse_submission(submission()).tests == ()


@pytest.mark.parametrize(
    ("data", "reason", "path"),
    [
        (b"[1]", Reason.UNKNOWN_VERSION, ""),
        (b'"x"', Reason.UNKNOWN_VERSION, ""),
        (b"null", Reason.UNKNOWN_VERSION, ""),
        (b"{}", Reason.UNKNOWN_VERSION, ""),
        (b'{"version":{"major":6,"minor":0}}', Reason.UNKNOWN_VERSION, "version"),
        (b'{"version":{"major":5.0,"minor":3}}', Reason.UNKNOWN_VERSION, "version"),
        (b'{"version":{"major":5,"minor":3},"tests":null}', Reason.INVALID, "tests"),
        (b'{"version":{"major":5,"minor":3},"tests":[1]}', Reason.INVALID, "tests[0]"),
        (b'{"version":{"major":5,"minor":3},"tests":[', Reason.NOT_JSON, ""),
        (b"\xef\xbb\xbf{}", Reason.NOT_JSON, ""),
        (b'{"a":NaN}', Reason.NOT_JSON, ""),
        (b'{"a":1e999}', Reason.NOT_JSON, ""),
        (b'{"a":"\\ud800"}', Reason.NOT_JSON, ""),
        (b'{"a":"\xff"}', Reason.NOT_JSON, ""),
        (b"[" * 5000 + b"]" * 5000, Reason.TOO_DEEP, ""),
        (submission(tests=[a_test(status="pass")]), Reason.INVALID, "tests[0].status"),
        (submission(tests=[a_test(), a_test(log_url="not a url")]), Reason.INVALID, "tests[1].log_url"),
        (submission(tests=[a_test(comment="a\0b")]), Reason.INVALID, "tests[0].comment"),
        (submission(tests=[a_test(start_time="yesterday")]), Reason.INVALID, "tests[0].start_time"),
        (submission(tests=[a_test(start_time="2016-12-31T23:59:60Z")]), Reason.OUT_OF_RANGE, "tests[0].start_time"),
        (
            submission(tests=[a_test(start_time="0001-01-01T00:00:00+14:00")]),
            Reason.OUT_OF_RANGE,
            "tests[0].start_time",
        ),
        (submission(tests=[a_test(id="robot:" + "x" * 2000)]), Reason.OUT_OF_RANGE, "tests[0].id"),
        (submission(tests=[a_test(origin="o" * 101)]), Reason.OUT_OF_RANGE, "tests[0].origin"),
        (submission(issues=[an_issue(version=2**31)]), Reason.OUT_OF_RANGE, "issues[0].version"),
        (submission(version=(4, 2), tests=[a_test(path="a b")]), Reason.INVALID, "tests[0].path"),
        (submission(version=(4, 2), tests=[a_test(path="a..b")]), Reason.NOT_UPGRADABLE, ""),
        (submission(version=(4, 2), tests=[a_test(comment="a\0b")]), Reason.NOT_UPGRADABLE, ""),
    ],
)
def test_what_is_wrong_is_said_with_its_place(data, reason, path):
    found = rejection(data)
    assert (found.reason, found.path) == (reason, path)
    assert found.error


def test_values_nested_too_deeply_in_free_form_data_are_refused():
    found = rejection(
        b'{"version":{"major":5,"minor":3},"tests":[{"id":"a:b","origin":"a","build_id":"a:c","misc":{"x":%s}}]}'
        % (b"[" * 300 + b"]" * 300)
    )
    assert (found.reason, found.path) == (Reason.TOO_DEEP, "tests[0].misc")


def test_the_senders_of_a_refused_document_are_named():
    assert rejection(submission(tests=[a_test(status="pass"), a_test(origin="other")])).origins == ("other", "robot")


@pytest.mark.parametrize("origin", [["a"], {"a": 1}, None, 7, "No", "x" * 200, "a\n"])
def test_an_origin_of_any_shape_breaks_nothing(origin):
    assert rejection(submission(tests=[a_test(1), a_test(2, origin=origin) | {"status": 1}])).origins == ("robot",)


def test_a_long_value_is_quoted_in_part():
    found = rejection(submission(tests=[a_test(status="x" * 10_000_000)]))
    assert len(found.error) < 400
    assert found.error.startswith('"xxx')
    assert "FAIL" in found.error


def test_the_text_of_the_error_quotes_nothing_of_the_document():
    with pytest.raises(Rejected) as caught:
        parse_submission(submission(tests=[a_test(status="hunter2")]))
    assert "hunter2" not in str(caught.value)


def test_nul_in_free_form_data_is_replaced_and_nothing_else_is():
    odd = {"k\0": "a\0b", "escaped": "\\u0000", "path": "C:\\\\\0"}
    [tested] = parse_submission(submission(tests=[a_test(misc=odd)])).tests
    assert orjson.loads(tested.misc) == {
        "k\ufffd": "a\ufffdb",
        "escaped": "\\u0000",
        "path": "C:\\\\\ufffd",
        "runtime": "robot",
    }


def test_a_nul_in_a_message_id_which_the_schema_allows_is_replaced():
    [found] = parse_submission(submission(checkouts=[a_checkout(message_id="a\0@b")])).checkouts
    assert found.message_id == "a\ufffd@b"


def test_of_a_key_given_twice_the_last_counts():
    data = (
        b'{"version":{"major":5,"minor":3},"tests":[{"id":"a:b","origin":"a","build_id":"a:c","path":"x","path":"y"}]}'
    )
    assert parse_submission(data).tests[0].path == "y"


def test_the_tree_of_a_listed_repository_has_the_listed_name():
    trees = TreeNames({"git.example.org/linux": "mainline"})
    listed = a_checkout(1, tree_name="theirs", git_repository_url="https://git.example.org/linux.git/")
    other = a_checkout(2, tree_name="theirs", git_repository_url="https://git.example.org/other.git")
    parsed = parse_submission(submission(checkouts=[listed, other]), trees=trees)
    assert [each.tree_name for each in parsed.checkouts] == ["mainline", "theirs"]


@pytest.mark.parametrize(
    ("misc", "lab", "kept"),
    [
        (None, None, None),
        ({}, "robot", {"runtime": "robot"}),
        ({"runtime": ""}, "robot", {"runtime": "robot"}),
        ({"runtime": "lava-1"}, "lava-1", {"runtime": "lava-1"}),
        ({"runtime": "shell"}, "robot", {"runtime": "robot", "automatic_lab": "shell"}),
        ({"runtime": "k8s-gke"}, "robot", {"runtime": "robot", "automatic_lab": "k8s-gke"}),
        ({"runtime": "shells"}, "shells", {"runtime": "shells"}),
        ({"runtime": 7}, None, {"runtime": 7}),
    ],
)
def test_the_lab_of_a_test_is_its_runtime_unless_that_is_machinery(misc, lab, kept):
    [tested] = parse_submission(submission(tests=[a_test(**({} if misc is None else {"misc": misc}))])).tests
    assert tested.lab == lab
    assert (tested.misc and orjson.loads(tested.misc)) == kept


def test_the_lab_of_a_build_is_its_misc_lab():
    [built] = parse_submission(submission(builds=[a_build(misc={"lab": "lab-7"})])).builds
    assert built.lab == "lab-7"


def test_neither_millions_of_errors_nor_of_values_take_the_memory():
    program = (
        "import resource; from bdc_ingester.source import *\n"
        f"resource.setrlimit(resource.RLIMIT_AS, ({2**30}, {2**30}))\n"
        'head = b\'{"version":{"major":5,"minor":3},"tests":[\'\n'
        "for filling in (b'1,' * 1_900_000, b'[],' * 10_000_000):\n"
        "    try: parse_submission(head + filling + b'1]}')\n"
        "    except Rejected as error: print(error.rejection.reason)"
    )
    run = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert run.stdout.split() == ["invalid", "too_large"]


def test_a_rejection_says_in_its_file_what_is_known():
    found = rejection(submission(tests=[a_test(status="pass")]))
    written = orjson.loads(found.to_json(name="x.json"))
    assert written["reason"] == "invalid"
    assert written["path"] == "tests[0].status"
    assert written["origins"] == ["robot"]
    assert written["version"] == "5.3"
    assert written["name"] == "x.json"


def test_a_rejection_travels_between_processes():
    import pickle  # noqa: PLC0415

    with pytest.raises(Rejected) as caught:
        parse_submission(orjson.dumps(document(tests=None)))
    assert pickle.loads(pickle.dumps(caught.value)).rejection == caught.value.rejection  # noqa: S301
