"""The documents that describe a service to others: OpenAPI of its read API, AsyncAPI of what it consumes."""

import inspect
import re
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from starlette.routing import BaseRoute

    from bdc_chassis.bus import Projection

_PARAMETER = re.compile(r"\{(\w+)(?::(\w+))?\}")


def openapi(service: str, routes: "Sequence[BaseRoute]") -> dict[str, Any]:
    """Return an OpenAPI 3.1 document of `routes`; a handler's docstring is its description."""
    from starlette.routing import Route  # noqa: PLC0415  (read by whoever asks for the document)

    paths: dict[str, Any] = {}
    for route in routes:
        if isinstance(route, Route) and route.include_in_schema:
            paths[_PARAMETER.sub(r"{\1}", route.path)] = _path_item(
                route.path, route.endpoint, route.methods or {"GET"}
            )
    return {"openapi": "3.1.0", "info": {"title": f"bdc-{service} read API", "version": "1"}, "paths": paths}


def _path_item(path: str, endpoint: Any, methods: set[str]) -> dict[str, Any]:
    text = inspect.getdoc(endpoint) or ""
    parameters = [
        {"name": name, "in": "path", "required": True, "schema": {"type": "integer" if kind == "int" else "string"}}
        for name, kind in _PARAMETER.findall(path)
    ]
    operation = {
        "summary": text.partition("\n")[0],
        "description": text,
        "parameters": parameters,
        "responses": {"200": {"description": "JSON", "content": {"application/json": {}}}},
    }
    return {method.lower(): operation for method in sorted(methods - {"HEAD", "OPTIONS"})}


def asyncapi(service: str, projections: "Sequence[Projection]") -> dict[str, Any]:
    """Return an AsyncAPI 3.0 document of the events that the service consumes, with their JSON Schemas."""
    events = {event.type_name(): event for projection in projections for event in projection.events}
    return {
        "asyncapi": "3.0.0",
        "info": {"title": f"bdc-{service}", "version": "1"},
        "channels": {
            name: {"address": event.subscription(), "messages": {event.__name__: _message(event)}}
            for name, event in events.items()
        },
        "operations": {
            f"{projection.durable}:{event.type_name()}": {
                "action": "receive",
                "channel": {"$ref": f"#/channels/{event.type_name().replace('/', '~1')}"},
            }
            for projection in projections
            for event in projection.events
        },
    }


def _message(event: Any) -> dict[str, Any]:
    return {
        "contentType": "application/json",
        "summary": (inspect.getdoc(event) or "").partition("\n")[0],
        "payload": event.model_json_schema(mode="serialization"),
    }
