"""The JSON Schemas of all events, as committed under `shared/contracts/schemas/`."""

import json
from collections.abc import Iterable
from typing import Any

from bdc_contracts import EVENTS
from bdc_contracts.event import DATA_SCHEMA, Event


def schema(event: type[Event]) -> dict[str, Any]:
    """Return the JSON Schema that a payload of this event satisfies; fields with a default are optional."""
    generated = event.model_json_schema(mode="validation")
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": DATA_SCHEMA.format(type=event.type_name()),
        "x-subject": event.subscription(),
        **generated,
    }


def file_name(event: type[Event]) -> str:
    """Return the file that holds the schema of this event, such as `github.commit.fetched.json`."""
    return f"{event.type_name().replace('*', 'any')}.json"


def export(events: Iterable[type[Event]] = EVENTS) -> dict[str, str]:
    """Return file name → text for every event, stable to the byte so that a diff shows only real changes."""
    return {
        file_name(event): json.dumps(schema(event), indent=2, sort_keys=True, ensure_ascii=False) + "\n"
        for event in events
    }
