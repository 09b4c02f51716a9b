"""`bdc search` against an indexer's answers."""

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
import typer
from bdc_chassis.errors import NetworkError, ValidationFailed
from bdc_devkit.cli import search
from bdc_devkit.stack.read_api import URLS_VARIABLE
from typer.testing import CliRunner

FOUND = {
    "query": "timer",
    "took_ms": 4.2,
    "results": [
        {
            "document_id": "github:commit:asio:1",
            "source": "github",
            "kind": "commit",
            "container": "boostorg/asio",
            "title": "Fix [timer]",
            "snippet": "the timer fires twice",
            "highlights": [[4, 9]],
            "author": {"platform": "git", "account": "a", "name": "ann", "person_id": "p1", "person_name": "Ann Lee"},
            "occurred_at": "2024-05-31T10:00:00Z",
            "url": "https://example.org/1",
            "score": 0.03,
        }
    ],
}

app = typer.Typer()
app.command()(search.command)


class Indexer(BaseHTTPRequestHandler):
    """Answers what the test put into its server."""

    def do_GET(self) -> None:
        self.server.asked.append(parse_qs(urlsplit(self.path).query))  # type: ignore[attr-defined]
        status, answer = self.server.answer  # type: ignore[attr-defined]
        body = json.dumps(answer).encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: Any) -> None: ...


@pytest.fixture
def indexer(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    server: Any = ThreadingHTTPServer(("127.0.0.1", 0), Indexer)
    server.answer, server.asked = (200, FOUND), []
    monkeypatch.setenv(URLS_VARIABLE, json.dumps({"indexer": f"http://127.0.0.1:{server.server_port}"}))
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield server
    server.shutdown()
    thread.join()
    server.server_close()


def run(*arguments: str) -> Any:
    return CliRunner().invoke(app, arguments)


def test_results_are_shown_with_title_person_and_snippet(indexer: Any) -> None:
    output = run("timer").output
    assert "Fix [timer]" in output
    assert "Ann Lee · 2024-05-31" in output
    assert "the timer fires twice" in output
    assert "1 result in 4 ms" in output


def test_options_become_filters(indexer: Any) -> None:
    run("null", "pointer", "--source", "github", "--person", "Ann", "--since", "2024-05-01", "--limit", "3")
    assert indexer.asked == [
        {
            "q": ["null pointer"],
            "source": ["github"],
            "person": ["Ann"],
            "since": ["2024-05-01T00:00:00+00:00"],
            "limit": ["3"],
        }
    ]


def test_json_is_the_indexers_answer(indexer: Any) -> None:
    assert json.loads(run("timer", "--json").stdout) == FOUND


def test_no_result_says_so(indexer: Any) -> None:
    indexer.answer = 200, {**FOUND, "results": []}
    assert "No results in 4 ms" in run("timer").output


def test_a_refusal_is_the_indexers_sentence(indexer: Any) -> None:
    indexer.answer = 422, {"error": "The query is empty: say in q what to search for."}
    result = run(" ")
    assert isinstance(result.exception, ValidationFailed)
    assert "The query is empty" in str(result.exception)


def test_an_indexer_that_fails_or_is_away_is_one_sentence(indexer: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    indexer.answer = 503, {"error": "not ready: starting"}
    assert "not ready: starting" in str(run("timer").exception)
    monkeypatch.setenv(URLS_VARIABLE, '{"indexer": "http://127.0.0.1:1"}')
    assert isinstance(run("timer").exception, NetworkError)
