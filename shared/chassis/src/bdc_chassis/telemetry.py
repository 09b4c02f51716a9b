"""OpenTelemetry: spans that follow an event from its source over the bus to the store.

Nothing is exported, and the SDK is not even imported, unless OTEL_EXPORTER_OTLP_ENDPOINT is set.
"""

import logging
import os
import sys
from collections.abc import Mapping
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from opentelemetry.context import Context
    from opentelemetry.trace import Tracer

ENDPOINT: Final = "OTEL_EXPORTER_OTLP_ENDPOINT"
TRACER: Final = "bdc"

log = logging.getLogger(__name__)

_exporting = False


def configure_telemetry(service: str) -> bool:
    """Export spans where the environment names a collector and the exporter is installed; return whether it does."""
    if not os.environ.get(ENDPOINT):
        return False
    try:
        from opentelemetry.exporter.otlp.proto.http.trace_exporter import (  # type: ignore[import-not-found]  # noqa: PLC0415
            OTLPSpanExporter,
        )
    except ImportError:
        log.warning("no spans are exported: install opentelemetry-exporter-otlp-proto-http")
        return False
    from opentelemetry import trace  # noqa: PLC0415
    from opentelemetry.sdk.resources import Resource  # noqa: PLC0415
    from opentelemetry.sdk.trace import TracerProvider  # noqa: PLC0415
    from opentelemetry.sdk.trace.export import BatchSpanProcessor  # noqa: PLC0415

    global _exporting  # noqa: PLW0603  (once per process)
    provider = TracerProvider(resource=Resource.create({"service.name": f"bdc-{service}"}))
    provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter()))
    trace.set_tracer_provider(provider)
    _exporting = True
    return True


def exporting() -> bool:
    """Tell whether spans go anywhere; where not, messages carry no `traceparent`."""
    return _exporting


def tracer() -> "Tracer":
    """Return the tracer of the system; its spans cost next to nothing while nobody exports them."""
    from opentelemetry import trace  # noqa: PLC0415  (imported with the first span)

    return trace.get_tracer(TRACER)


def inject(headers: dict[str, str]) -> None:
    """Add the `traceparent` of the current span, if there is one, to a message's headers."""
    from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator  # noqa: PLC0415

    TraceContextTextMapPropagator().inject(headers)


def extract(headers: Mapping[str, str]) -> "Context":
    """Return the context that a message's `traceparent` names, to be the parent or link of a span."""
    from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator  # noqa: PLC0415

    return TraceContextTextMapPropagator().extract(headers)


def trace_ids() -> dict[str, str]:
    """Return `trace_id` and `span_id` of the current span in hexadecimal; empty outside of spans."""
    if "opentelemetry.trace" not in sys.modules:
        return {}
    from opentelemetry import trace  # noqa: PLC0415

    context = trace.get_current_span().get_span_context()
    if not context.is_valid:
        return {}
    return {"trace_id": format(context.trace_id, "032x"), "span_id": format(context.span_id, "016x")}
