"""Logs: one JSON object a line with trace ids, or coloured lines on a terminal; secrets never in either."""

import logging
import os
import sys
from collections.abc import MutableMapping
from typing import TYPE_CHECKING, Any, TextIO

from bdc_chassis.redaction import redact
from bdc_chassis.telemetry import trace_ids

if TYPE_CHECKING:
    from structlog.typing import Processor

    from bdc_chassis.settings import ChassisSettings

LogEvent = MutableMapping[str, Any]


def debugging() -> bool:
    """Tell whether tracebacks are wanted on the terminal (BDC_DEBUG=1)."""
    return os.environ.get("BDC_DEBUG", "") not in {"", "0"}


def configure_logging(settings: "ChassisSettings", *, service: str) -> None:
    """Send the logs of structlog and of the standard library to standard error, in the one format."""
    structlog = _structlog()
    console = settings.log_format == "console" or (settings.log_format == "auto" and sys.stderr.isatty())
    shared: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.stdlib.ExtraAdder(),
        _named(service),
        _with_trace,
    ]
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            *shared,
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=False,
    )
    handler = _StderrHandler()
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=[structlog.stdlib.PositionalArgumentsFormatter(), *shared],
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, *_rendering(structlog, console)],
        )
    )
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(settings.log_level)
    for chatty in ("httpx", "httpcore", "uvicorn", "uvicorn.error", "uvicorn.access", "nats"):
        logging.getLogger(chatty).setLevel(logging.WARNING)


class _StderrHandler(logging.StreamHandler[TextIO]):
    """Writes to whatever standard error is now: a progress bar puts itself there, and keeps below the lines."""

    @property
    def stream(self) -> TextIO:
        return sys.stderr

    @stream.setter
    def stream(self, _value: TextIO) -> None: ...


def _rendering(structlog: Any, console: bool) -> "list[Processor]":
    if console:
        without_traceback: list[Processor] = [] if debugging() else [_drop_traceback]
        renderer = structlog.dev.ConsoleRenderer(
            colors=sys.stderr.isatty(), exception_formatter=structlog.dev.plain_traceback
        )
        return [*without_traceback, redact_event, renderer]
    return [structlog.processors.format_exc_info, redact_event, structlog.processors.JSONRenderer()]


def _structlog() -> Any:
    """Import structlog without rich, which costs 0.2 s per process; a progress bar may import it later all the same."""
    without = "rich" not in sys.modules
    if without:
        sys.modules["rich"] = None  # type: ignore[assignment]  # (how Python spells "cannot be imported")
    try:
        import structlog  # noqa: PLC0415
    finally:
        if without:
            del sys.modules["rich"]
    return structlog


def _named(service: str) -> "Processor":
    def add_service(_logger: Any, _method: str, event: LogEvent) -> LogEvent:
        event.setdefault("service", service)
        return event

    return add_service


def _with_trace(_logger: Any, _method: str, event: LogEvent) -> LogEvent:
    event.update(trace_ids())
    return event


def _drop_traceback(_logger: Any, _method: str, event: LogEvent) -> LogEvent:
    event.pop("exc_info", None)
    return event


def redact_event(_logger: Any, _method: str, event: LogEvent) -> LogEvent:
    """Take secrets out of every text of a log event, however deep."""
    return {name: _redacted(value) for name, value in event.items()}


def _redacted(value: Any) -> Any:
    if isinstance(value, str):
        return redact(value)
    if isinstance(value, dict):
        return {name: _redacted(item) for name, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_redacted(item) for item in value]
    return value
