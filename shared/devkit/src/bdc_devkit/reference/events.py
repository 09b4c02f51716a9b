"""`events.md`: every event with its subject, key and fields."""

import inspect
from collections.abc import Iterator
from typing import get_args, get_origin

from bdc_contracts import EVENTS
from bdc_contracts.event import Event, Record
from pydantic.fields import FieldInfo

HEAD = """# Events

Payloads are JSON in CloudEvents binary mode: these fields are the body, `ce-` headers carry the rest. A field with its
default value is left out of the body. `*` in a subject stands for the domain that publishes. The JSON Schemas are in
`shared/contracts/schemas/`.
"""


def page() -> str:
    """Return the page as Markdown."""
    records = sorted({record for event in EVENTS for record in _records(event)}, key=lambda record: record.__name__)
    parts = [HEAD, *map(_event, EVENTS), "## Records inside events\n", *map(_record, records)]
    return "\n".join(parts)


def _event(event: type[Event]) -> str:
    return f"## `{event.subscription()}`\n\n{_prose(event)}\n\n{_table(event)}"


def _record(record: type[Record]) -> str:
    return f"### {record.__name__}\n\n{_prose(record)}\n\n{_table(record)}"


def _prose(model: type[Record]) -> str:
    return inspect.cleandoc(model.__doc__ or "")


def _table(model: type[Record]) -> str:
    rows = [f"| `{name}` | {_type(info)} | {_default(info)} |" for name, info in model.model_fields.items()]
    return "\n".join(["| field | type | default |", "| --- | --- | --- |", *rows, ""])


def _type(info: FieldInfo) -> str:
    return _name(info.annotation).replace("|", "\\|")


def _name(annotation: object) -> str:
    if annotation is type(None):
        return "null"
    arguments = get_args(annotation)
    if not arguments:
        return getattr(annotation, "__name__", str(annotation))
    origin = get_origin(annotation)
    if origin is tuple:
        return f"list of {_name(arguments[0])}"
    if origin is dict:
        return f"map of {_name(arguments[0])} to {_name(arguments[1])}"
    return " | ".join(map(_name, arguments))


def _default(info: FieldInfo) -> str:
    if info.is_required():
        return "required"
    default = info.get_default(call_default_factory=True)
    return "none" if default in (None, (), {}, "") else f"`{default}`"


def _records(model: type[Record]) -> Iterator[type[Record]]:
    for info in model.model_fields.values():
        for nested in _nested(info.annotation):
            yield nested
            yield from _records(nested)


def _nested(annotation: object) -> Iterator[type[Record]]:
    if isinstance(annotation, type) and issubclass(annotation, Record):
        yield annotation
    for argument in get_args(annotation):
        yield from _nested(argument)
