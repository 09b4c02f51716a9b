"""The OpenAPI document of a service's read API (`bus/asyncapi.py` describes its events)."""

import inspect
import re
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from starlette.routing import BaseRoute

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
