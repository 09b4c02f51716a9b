"""The commands that look and operate: listings as JSON, wrong use as one sentence."""

import json

import pytest
from bdc_chassis.errors import CommandError, ConfigurationError
from bdc_contracts import PersonSeen
from bdc_devkit.cli import main
from bdc_devkit.cli.conventions import moment
from bdc_devkit.cli.events import parse
from stack_process import bdc

PERSON = PersonSeen(domain="github", platform="git", account="Ann <ann@x.org>", context="repo")


def test_events_are_published_watched_and_counted(up, data_dir):
    place = ("--data-dir", data_dir)
    bdc("events", "publish", "github.person.seen", PERSON.to_json().decode(), *place, check=0)
    shown = bdc("events", "tail", "bdc.v1.github.>", "--history", "--no-follow", "--json", *place, check=0)
    event = json.loads(shown.stdout)
    assert (event["subject"], event["data"]["account"]) == ("bdc.v1.github.person.seen", PERSON.account)
    assert event["headers"]["ce-id"] == PERSON.event_id()


def test_listings_are_json_and_empty_at_first(up, data_dir):
    for command in (("runs",), ("dlq", "list")):
        assert json.loads(bdc(*command, "--json", "--data-dir", data_dir, check=0).stdout) == []
    collectors = json.loads(bdc("collectors", "--json", "--data-dir", data_dir, check=0).stdout)
    assert {"github", "mailing"} <= {collector["name"] for collector in collectors}
    refused = bdc("dlq", "show", "7", "--data-dir", data_dir, check=1)
    assert "there is no dead letter 7" in refused.stderr


@pytest.mark.parametrize(
    ("arguments", "code", "sentence"),
    [
        (("status",), 1, "Nothing is up in"),
        (("runs",), 1, "Nothing is up in"),
        (("collect", "github", "--repo", "."), 1, "Nothing is up in"),
        (("collect", "nonsense"), 2, "There is no collector 'nonsense'"),
        (("collect",), 2, "Say which collector"),
        (("bench", "nonsense"), 2, "There is no benchmark 'nonsense': choose from"),
        (("replay", "--service", "nonsense"), 2, "There is no service 'nonsense'"),
        (("replay", "--service", "github", "--types", "x.y"), 1, "There is no event type 'x.y'"),
        (("dlq", "retry"), 2, "Say which letters"),
        (("nonsense",), 2, "No such command"),
    ],
)
def test_wrong_use_is_one_sentence(arguments, code, sentence, *, tmp_path, monkeypatch, capsys):
    options = () if arguments[0] in {"bench", "nonsense"} else ("--data-dir", str(tmp_path / "nowhere"))
    monkeypatch.setattr("sys.argv", ["bdc", *arguments, *options])
    with pytest.raises(SystemExit) as ended:
        main()
    assert ended.value.code == code
    assert sentence in capsys.readouterr().err


def test_doctor_finds_everything_that_is_required(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr("sys.argv", ["bdc", "doctor", "--json", "--data-dir", str(tmp_path)])
    with pytest.raises(SystemExit) as ended:
        main()
    found = json.loads(capsys.readouterr().out)
    assert found["ok"]
    assert ended.value.code == 0
    assert {"python", "nats-server", "postgresql", "git", "disk"} <= {finding["name"] for finding in found["findings"]}


def test_an_event_must_satisfy_its_contract():
    assert parse("github.person.seen", PERSON.to_json().decode()) == PERSON
    with pytest.raises(CommandError, match=r"There is no event type 'github\.nonsense\.seen'"):
        parse("github.nonsense.seen", "{}")
    with pytest.raises(CommandError, match="domain: Field required"):
        parse("github.person.seen", "{}")
    with pytest.raises(CommandError, match="says that its domain is 'github', not 'mailing'"):
        parse("mailing.person.seen", PERSON.to_json().decode())


def test_moments_are_utc_unless_they_say_otherwise():
    assert moment("2024-05-31", "--since").isoformat() == "2024-05-31T00:00:00+00:00"
    assert moment("2024-05-31T12:00+02:00", "--since").utcoffset().total_seconds() == 7200
    with pytest.raises(ConfigurationError, match="--since 'yesterday'"):
        moment("yesterday", "--since")
