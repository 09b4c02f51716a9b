"""`bdc people` against a read API."""

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import pytest
from bdc_chassis.errors import BdcError, NetworkError, NotFound
from bdc_devkit.cli.people import app
from bdc_devkit.cli.people.identity import printable
from bdc_devkit.errors import StackError
from typer.testing import CliRunner

ANN: dict[str, Any] = {
    "id": "a1", "name": "Ann\x1b[31m Lee", "profiles": 2, "emails": ["ann@x.org"],
    "first_seen": "2024-05-01T00:00:00Z", "last_seen": None,
}  # fmt: skip
PROFILE: dict[str, Any] = {
    "platform": "git", "account": "Ann <ann@x.org>", "reason": "Same e-mail address: ann@x.org.",
    "contexts": [{"context": f"repository-{number}"} for number in range(5)], "first_seen": None, "last_seen": None,
}  # fmt: skip


class Identity(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        found: dict[str, Any] | None = None
        if self.path == "/v1/people?query=ann+lee&limit=1&offset=0":
            found = {"total": 7, "people": [ANN]}
        elif self.path.startswith("/v1/people?"):
            found = {"total": 0, "people": []}
        elif self.path == "/v1/people/a1":
            found = ANN | {"profiles": [PROFILE]}
        self.send_response(200 if found else 404)
        self.end_headers()
        self.wfile.write(json.dumps(found or {"error": "There is no person with this id."}).encode())

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002
        pass


@pytest.fixture
def identity(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    server = HTTPServer(("127.0.0.1", 0), Identity)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    monkeypatch.setenv("BDC_SERVICE_URLS", json.dumps({"identity": f"http://127.0.0.1:{server.server_port}"}))
    yield
    server.shutdown()
    server.server_close()
    thread.join()


def run(*arguments: str) -> str:
    result = CliRunner().invoke(app, arguments)
    if result.exception and not isinstance(result.exception, SystemExit):
        raise result.exception
    return result.stdout


@pytest.mark.usefixtures("identity")
def test_find_lists_people_and_says_that_there_are_more() -> None:
    shown = run("find", "ann", "lee", "--limit", "1")

    assert "ann@x.org" in shown
    assert "2024-05-01" in shown
    assert "1 of 7" in shown


@pytest.mark.usefixtures("identity")
def test_find_as_json_is_the_answer_itself() -> None:
    assert json.loads(run("find", "ann lee", "--limit", "1", "--json")) == {"total": 7, "people": [ANN]}


@pytest.mark.usefixtures("identity")
def test_finding_nobody_is_said() -> None:
    assert run("find", "zoe") == "Nobody matches 'zoe'.\n"


@pytest.mark.usefixtures("identity")
def test_show_says_why_each_profile_belongs() -> None:
    shown = run("show", "a1")

    assert "Same e-mail address: ann@x.org." in shown
    assert "and 2 more" in shown
    assert "\x1b" not in shown


@pytest.mark.usefixtures("identity")
def test_an_unknown_id_gets_the_services_sentence() -> None:
    with pytest.raises(NotFound, match=r"There is no person with this id\."):
        run("show", "zoe")


def test_a_stack_that_is_not_up_gets_a_sentence(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.delenv("BDC_SERVICE_URLS", raising=False)

    with pytest.raises(StackError, match="start it with `bdc up`"):
        run("find", "ann", "--data-dir", str(tmp_path))


@pytest.mark.parametrize(
    ("urls", "error", "said"),
    [
        ({"github": "http://x"}, StackError, "identity is not up"),
        ({"identity": "http://127.0.0.1:1"}, NetworkError, "does not answer"),
    ],
)
def test_a_service_that_is_away_gets_a_sentence(
    monkeypatch: pytest.MonkeyPatch, urls: dict[str, str], error: type[BdcError], said: str
) -> None:
    monkeypatch.setenv("BDC_SERVICE_URLS", json.dumps(urls))

    with pytest.raises(error, match=said):
        run("find", "ann")


def test_names_cannot_drive_the_terminal() -> None:
    assert printable("Ann\x1b[2J\u202e José") == "Ann\ufffd[2J\ufffd José"
