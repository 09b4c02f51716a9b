"""One full payload of every event, as once published: readable for ever, field by field."""

import json
from pathlib import Path

import pytest
from bdc_contracts import EVENTS
from bdc_contracts.event import Event
from bdc_contracts.schemas import file_name

GOLDEN = Path(__file__).parent / "golden"


@pytest.mark.parametrize("event", EVENTS, ids=file_name)
def test_a_published_payload_is_still_read_in_full(event: type[Event]) -> None:
    published = json.loads((GOLDEN / file_name(event)).read_text("utf-8"))

    read = event.model_validate(published)

    assert json.loads(read.to_json()) == published


@pytest.mark.parametrize("event", EVENTS, ids=file_name)
def test_the_golden_payload_shows_every_field_that_the_event_was_released_with(event: type[Event]) -> None:
    published = json.loads((GOLDEN / file_name(event)).read_text("utf-8"))

    assert published.keys() <= event.model_fields.keys()
    assert {name for name, field in event.model_fields.items() if field.is_required()} <= published.keys()
