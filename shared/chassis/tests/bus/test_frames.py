from bdc_chassis.bus.frames import FastClient, publish_frame, receive, send_frame
from bdc_contracts import Message
from hypothesis import given
from hypothesis import strategies as st
from nats.aio.client import Client

NAMES = st.text("abcdefghijklmnopqrstuvwxyzABCXYZ0123456789-_", min_size=1)
VALUES = st.text(st.characters(exclude_categories=["Cs", "Cc", "Zs", "Zl", "Zp"]))


@given(st.dictionaries(NAMES, VALUES))
def test_headers_are_read_as_the_client_library_reads_them(headers):
    raw = "".join(f"{name}: {value}\r\n" for name, value in headers.items()).encode() + b"\r\n"

    assert FastClient._parse_header_lines(raw) == Client._parse_header_lines(raw) == headers


@given(st.binary())
def test_no_bytes_break_the_reading_of_headers(raw):
    FastClient._parse_header_lines(raw)


async def test_any_payload_and_header_arrives_as_it_was_sent(bus, eventually):

    got = []
    subscription = await receive(bus.client, "x.y", got.append)
    sent = [
        Message("x.y", b"", {"a": "ü: ö"}),
        Message("x.y", b"\r\nPUB x 1\r\n", {"ce-id": "1", "b": ""}),
        Message("x.y", bytes(range(256)), {}),
    ]
    for message in sent:
        await send_frame(bus.client, publish_frame(message, "reply"))
    await bus.client.flush()
    await eventually(lambda: len(got) == 3)
    await subscription.unsubscribe()

    assert [Message(msg.subject, msg.data, msg.headers or {}) for msg in got] == sent


async def test_an_error_in_a_receiver_does_not_end_the_connection(bus, eventually, caplog):

    got = []

    def receiver(msg):
        got.append(msg)
        raise ZeroDivisionError

    await receive(bus.client, "x.y", receiver)
    for _ in range(2):
        await bus.client.publish("x.y", b"1")
    await eventually(lambda: len(got) == 2)
    assert "could not be taken in" in caplog.text
