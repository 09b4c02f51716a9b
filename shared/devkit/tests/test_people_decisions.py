"""`bdc people` where it does more than look: decisions, imports, export and forgetting, against an API."""

import json
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import pytest
from bdc_chassis.errors import AuthError, CommandError, ConfigurationError
from bdc_devkit.cli.people import app
from typer.testing import CliRunner, Result

PROFILE: dict[str, Any] = {"id": "p1", "platform": "git", "account": "Ann <ann@x.org>"}
PERSON: dict[str, Any] = {"id": "a1", "name": "Ann\x1b[31m", "profiles": [PROFILE]}
DECISION: dict[str, Any] = {
    "id": "d1", "verb": "merge", "actor": "ann", "decided_at": "2026-01-02T12:00:00Z", "left": [PROFILE], "right": [],
    "value": "", "note": "Same \x1bface.", "origin": "human", "undoes": None, "in_force": False,
}  # fmt: skip
ANSWERS: dict[str, Any] = {
    "/v1/people/a1": PERSON,
    "/v1/people/a1/history": {
        "memberships": [
            {"since": "2026-01-02T12:00:00Z", "until": None, "profile": PROFILE, "person_id": "a1", "reason": "Same."}
        ],
        "decisions": [DECISION],
    },
    "/v1/people/a1/neighbours?limit=500": {"candidates": []},
    "/v1/export?platform=git&account=Ann+%3Cann%40x.org%3E": {"commits": [{"sha": "abc"}], "sightings": []},
    "/v1/decisions?limit=20&offset=0": {"total": 1, "decisions": [DECISION]},
    "/v1/candidates?limit=20&offset=0": {
        "total": 3,
        "candidates": [
            {"chance": 0.9, "left_person": PERSON, "right_person": PERSON, "reasons": ["Same name."], "clash": None}
        ],
    },
    "/v1/why?from=p1&to=p2": {"together": False, "apart": ["Split by ann."], "profiles": [], "steps": []},
    "/v1/why?from=p1&to=p3": {
        "together": True, "profiles": [PROFILE, PROFILE | {"id": "p3"}],
        "steps": [{"left": "p1", "right": "p3", "reasons": ["Same e-mail address."]}],
    },
    "POST /v1/decisions": {"id": "d9", "in_force": True},
    "POST /v1/mailmaps?origin=boostorg%2Fjson&form=mailmap": {"entries": 2, "people": 1},
}  # fmt: skip

Run = Callable[..., Result]


class Api(BaseHTTPRequestHandler):
    sent: list[tuple[str, str | None, bytes]]

    def do_GET(self) -> None:
        self._answer(ANSWERS.get(self.path))

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.sent.append((self.path, self.headers.get("Authorization"), body))
        known = self.headers.get("Authorization") == "Bearer secret"
        self._answer(ANSWERS.get(f"POST {self.path}") if known else None, 404 if known else 401)

    def _answer(self, found: Any, otherwise: int = 404) -> None:
        self.send_response(200 if found else otherwise)
        self.end_headers()
        self.wfile.write(json.dumps(found or {"error": "No."}).encode())

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002
        pass


@pytest.fixture
def sent(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[Any]]:
    """What reaches the API, which answers in the place of every service."""
    Api.sent = []
    server = HTTPServer(("127.0.0.1", 0), Api)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    url = f"http://127.0.0.1:{server.server_port}"
    monkeypatch.setenv("BDC_SERVICE_URLS", json.dumps({"identity": url, "github": url, "dashboard": url}))
    monkeypatch.setenv("BDC_IDENTITY_TOKEN", "secret")
    yield Api.sent
    server.shutdown()
    server.server_close()
    thread.join()


def run(*arguments: str, answer: str = "") -> Result:
    result = CliRunner().invoke(app, arguments, input=answer)
    if result.exception and not isinstance(result.exception, SystemExit):
        raise result.exception
    return result


@pytest.mark.parametrize(
    ("arguments", "asked"),
    [
        ("merge a1 b1 --note Same.", {"verb": "merge", "people": ["a1", "b1"], "note": "Same."}),
        ("reject a1 b1", {"verb": "reject", "people": ["a1", "b1"], "note": ""}),
        ("split p1 p2", {"verb": "split", "profiles": ["p1", "p2"], "note": ""}),
        ("pin p1 --to a1", {"verb": "pin", "profiles": ["p1"], "people": ["a1"], "note": ""}),
        ("mark a1 bot", {"verb": "mark", "people": ["a1"], "value": "bot", "note": ""}),
        ("name a1 Ann", {"verb": "name", "people": ["a1"], "value": "Ann", "note": ""}),
        ("undo d1", {"verb": "undo", "undoes": "d1", "note": ""}),
    ],
)
def test_each_decision_is_sent_with_the_token(sent: list[Any], arguments: str, asked: dict[str, Any]):
    shown = run(*arguments.split()).stdout

    [(path, token, body)] = sent
    assert (path, token, json.loads(body)) == ("/v1/decisions", "Bearer secret", asked)
    assert "bdc people undo d9" in shown


def test_a_wrong_token_gets_a_sentence_that_names_the_setting(sent: list[Any], monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("BDC_IDENTITY_TOKEN", "wrong")

    with pytest.raises(AuthError, match="set BDC_IDENTITY_TOKEN") as refused:
        run("merge", "a1", "b1")

    assert "wrong" not in str(refused.value)


def test_a_mail_map_is_sent_as_it_is(sent: list[Any], tmp_path: Path):
    file = tmp_path / ".mailmap"
    file.write_bytes(b"Ann <ann@x.org> <a\xff@y.org>\n")

    shown = run("import-mailmap", str(file), "--origin", "boostorg/json").stdout

    assert sent[0][2] == file.read_bytes()
    assert shown == "2 entries about 1 people are taken over.\n"
    with pytest.raises(CommandError, match="cannot be read"):
        run("import-mailmap", str(tmp_path / "none"), "--origin", "x")


def test_nobody_is_forgotten_without_a_yes(sent: list[Any]):
    result = run("forget", "a1", answer="n\n")

    assert result.exit_code == 1
    assert sent == []
    assert "\x1b" not in result.stderr


def test_an_export_has_a_part_per_service_and_is_for_its_owner_alone(sent: list[Any], tmp_path: Path):
    file = tmp_path / "ann.json"

    run("export", "a1", "--output", str(file))

    held = json.loads(file.read_text())
    assert file.stat().st_mode & 0o777 == 0o600
    assert held.keys() == {"identity", "github"}
    assert held["identity"]["person"]["id"] == "a1"
    assert held["github"][0]["holds"]["commits"] == [{"sha": "abc"}]


@pytest.mark.parametrize(
    ("arguments", "shown"),
    [
        ("why p1 p2", "They are two people. Split by ann."),
        ("why p1 p3", "Same e-mail address."),
        ("history a1", "merge (taken back)"),
        ("decisions", "Same \ufffdface."),
        ("candidates", "1 of 3"),
    ],
)
def test_what_is_known_is_shown_without_driving_the_terminal(sent: list[Any], arguments: str, shown: str):
    said = run(*arguments.split()).stdout

    assert shown in said
    assert "\x1b" not in said
    assert isinstance(json.loads(run(*arguments.split(), "--json").stdout), dict)


def test_finding_needs_somebody_to_find(sent: list[Any]):
    with pytest.raises(ConfigurationError, match="Say whom to find"):
        run("find")
