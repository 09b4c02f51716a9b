import pytest
from bdc_chassis.bus import connect
from bdc_chassis.bus import connection as connection_module
from bdc_chassis.errors import NetworkError
from bdc_chassis.settings import ChassisSettings


async def test_an_address_where_nobody_answers_is_one_sentence_without_credentials(monkeypatch):
    monkeypatch.setattr(connection_module, "CONNECT_SECONDS", 0.3)

    with pytest.raises(NetworkError, match=r"NATS does not answer at nats://127.0.0.1:1 .*BDC_NATS_URL") as caught:
        await connect(ChassisSettings(nats_url="nats://ann:secret@127.0.0.1:1"), name="test")

    assert "secret" not in str(caught.value)


async def test_refused_credentials_say_so(server, monkeypatch):
    monkeypatch.setattr(connection_module, "CONNECT_SECONDS", 0.5)

    with pytest.raises(NetworkError, match=r"(?i)authorization"):
        await connect(ChassisSettings(nats_url=f"nats://wrong@127.0.0.1:{server.port}"), name="test")
