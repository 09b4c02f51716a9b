"""Events that are made without their models are what the models would make."""

import pytest
from bdc_contracts import EVENTS
from bdc_ingester.source import parse_submission
from bdc_ingester.store.submissions import Accepted, LogsOfFile
from bdc_ingester.wire import EVENT_BYTES, accepted_messages, chunks

BY_SUBJECT = {event.subscription(): event for event in EVENTS}


def test_real_submissions_are_the_same_messages_both_ways(real_submissions):
    for name, data in real_submissions.items():
        submission = parse_submission(data)
        for message in accepted_messages(Accepted(name, 1_752_000_000_123, submission, LogsOfFile(submission, 256))):
            event = BY_SUBJECT[message.subject].model_validate_json(message.payload)

            again = event.to_message()
            assert (again.subject, again.headers["ce-time"]) == (message.subject, message.headers["ce-time"])
            assert type(event).model_validate_json(again.payload) == event


@pytest.mark.parametrize("sizes", [[], [1], [EVENT_BYTES], [EVENT_BYTES + 1, 1], [10] * 30_000])
def test_chunks_keep_everything_in_order_and_are_no_larger_than_an_event_may_be(sizes):
    objects = [b"x" * size for size in sizes]

    found = list(chunks(objects))

    assert [each for chunk in found for each in chunk] == objects
    assert all(sum(map(len, chunk)) <= EVENT_BYTES or len(chunk) == 1 for chunk in found)
