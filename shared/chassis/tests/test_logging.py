"""Logs: one JSON object a line with facts and trace ids, never a secret; a terminal gets no traceback."""

import json
import logging
from collections.abc import Iterator

import pytest
import structlog
from bdc_chassis.logging import configure_logging
from bdc_chassis.settings import ServiceSettings
from bdc_chassis.telemetry import extract, inject
from opentelemetry import trace
from opentelemetry.sdk.trace import TracerProvider

log = logging.getLogger("bdc_github.collector")


@pytest.fixture(autouse=True)
def _root_logger_as_it_was() -> Iterator[None]:
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    yield
    root.handlers[:] = handlers
    root.setLevel(level)
    structlog.reset_defaults()


@pytest.fixture
def lines(capsys: pytest.CaptureFixture[str]):
    return lambda: [json.loads(line) for line in capsys.readouterr().err.splitlines()]


def configure(log_format: str = "json", level: str = "INFO") -> None:
    configure_logging(ServiceSettings(log_format=log_format, log_level=level), service="github")


def test_a_line_is_one_object_with_its_facts(lines):
    configure()
    log.info("fetched %s", "json", extra={"counts": {"commits": 3}})

    [line] = lines()
    assert (line["event"], line["level"], line["logger"], line["service"]) == (
        "fetched json",
        "info",
        "bdc_github.collector",
        "github",
    )
    assert line["counts"] == {"commits": 3}
    assert line["timestamp"].endswith("Z")


def test_structlog_writes_the_same_lines(lines):
    configure()
    structlog.get_logger("bdc_indexer").warning("slow", took_ms=7)

    [line] = lines()
    assert (line["event"], line["level"], line["took_ms"], line["service"]) == ("slow", "warning", 7, "github")


def test_secrets_are_taken_out_of_messages_facts_and_tracebacks(lines):
    configure()
    try:
        raise ValueError("https://ann:hunter2@example.org")  # noqa: TRY301
    except ValueError:
        extra = {"url": ["nats://ann:hunter2@x"], "more": {"a": "password=hunter2"}}
        log.exception("failed with token=hunter2", extra=extra)

    [line] = lines()
    assert "hunter2" not in json.dumps(line)
    assert "ValueError: https://ann:***@example.org" in line["exception"]


def test_a_terminal_gets_no_traceback(capsys):
    configure("console")
    try:
        raise ValueError("bad")  # noqa: TRY301
    except ValueError:
        log.exception("it failed")

    text = capsys.readouterr().err
    assert "it failed" in text
    assert "Traceback" not in text


def test_a_terminal_gets_the_traceback_when_debugging(capsys, monkeypatch):
    monkeypatch.setenv("BDC_DEBUG", "1")
    configure("console")
    try:
        raise ValueError("bad")  # noqa: TRY301
    except ValueError:
        log.exception("it failed")

    assert "Traceback" in capsys.readouterr().err


def test_what_is_below_the_level_is_not_written(lines):
    configure(level="WARNING")
    log.info("chatter")
    structlog.get_logger("x").info("chatter")

    assert lines() == []


def test_lines_inside_a_span_carry_its_ids(lines):
    configure()
    with TracerProvider().get_tracer("test").start_as_current_span("collect") as span:
        log.info("inside")
    log.info("outside")

    inside, outside = lines()
    assert inside["trace_id"] == format(span.get_span_context().trace_id, "032x")
    assert "trace_id" not in outside


def test_a_trace_survives_the_headers_of_a_message():
    headers: dict[str, str] = {}
    with TracerProvider().get_tracer("test").start_as_current_span("collect") as span:
        inject(headers)

    there = trace.get_current_span(extract(headers)).get_span_context()
    assert there.trace_id == span.get_span_context().trace_id
