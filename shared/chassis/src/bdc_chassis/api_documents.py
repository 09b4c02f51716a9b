"""The OpenAPI document of a service's read API (`bus/asyncapi.py` describes its events)."""

import inspect
import re
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final, TypeVar

if TYPE_CHECKING:
    from starlette.routing import BaseRoute

Handler = TypeVar("Handler", bound=Callable[..., Any])

BEARER: Final = {"bearer": {"type": "http", "scheme": "bearer", "bearerFormat": "JWT"}}

_PARAMETER = re.compile(r"\{(\w+)(?::(\w+))?\}")


def documented(operation: Mapping[str, Any]) -> Callable[[Handler], Handler]:
    """Describe a handler by what its signature does not say: parts of an OpenAPI operation, such as `requestBody`.

    An operation whose `security` is `[{"bearer": []}]` takes the tokens that the document declares.
    """

    def describe(handler: Handler) -> Handler:
        handler.openapi = operation  # type: ignore[attr-defined]
        return handler

    return describe


def openapi(service: str, routes: "Sequence[BaseRoute]") -> dict[str, Any]:
    """Return an OpenAPI 3.1 document of `routes`; a handler's docstring is its description."""
    from starlette.routing import Route  # noqa: PLC0415  (read by whoever asks for the document)

    paths: dict[str, Any] = {}
    for route in routes:
        if isinstance(route, Route) and route.include_in_schema:
            path_item = _path_item(route.path, route.endpoint, route.methods or {"GET"})
            paths.setdefault(_PARAMETER.sub(r"{\1}", route.path), {}).update(path_item)
    secured = any("security" in operation for item in paths.values() for operation in item.values())
    components = {"components": {"securitySchemes": BEARER}} if secured else {}
    return {"openapi": "3.1.0", "info": {"title": f"bdc-{service} API", "version": "1"}, "paths": paths, **components}


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
        **getattr(endpoint, "openapi", {}),
    }
    return {method.lower(): operation for method in sorted(methods - {"HEAD", "OPTIONS"})}
