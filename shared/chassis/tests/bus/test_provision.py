from datetime import timedelta

import pytest
from bdc_chassis.bus import Bus, Projection, connection, ensure_consumers, provision
from bdc_chassis.bus.provision import StreamLimits, main, replay_durable
from bdc_contracts import CommitFetched, PersonSeen, streams


async def configurations(bus: Bus) -> list[object]:
    return [info.config for info in sorted(await bus.js.streams_info(), key=lambda info: str(info.config.name))]


async def ignore(*_: object) -> tuple[()]:
    return ()


async def test_provisioning_twice_changes_nothing(bus):
    before = await configurations(bus)
    cursors = await bus.key_value(streams.CURSORS.name)
    await cursors.put("github.x", b"kept")

    await provision(bus.js)

    assert await configurations(bus) == before
    assert (await cursors.get("github.x")).value == b"kept"


async def test_streams_are_compressed_directly_readable_and_forget_duplicates_after_their_window(bus):
    config = (await bus.js.stream_info(streams.FACTS.name)).config

    assert config.compression == "s2"
    assert config.allow_direct
    assert config.duplicate_window >= timedelta(minutes=10).total_seconds()


async def test_limits_of_a_stream_follow_the_settings_of_the_last_run(bus):
    await provision(bus.js, limits=StreamLimits(max_age=timedelta(days=30), max_bytes=10**9))

    config = (await bus.js.stream_info(streams.FACTS.name)).config
    assert (config.max_age, config.max_bytes) == (30 * 86400, 10**9)


async def test_a_stream_that_keeps_less_than_the_dedup_window_narrows_the_window(bus):
    await provision(bus.js, limits=StreamLimits(max_age=timedelta(minutes=1)))

    assert (await bus.js.stream_info(streams.FACTS.name)).config.duplicate_window == 60


async def test_leases_lapse_by_the_bucket(bus):
    assert (await (await bus.key_value(streams.LEASES.name)).status()).ttl == 30


async def test_a_changed_subscription_reaches_a_durable_that_exists(bus):
    await ensure_consumers(bus.js, "github", [Projection("github-store", (PersonSeen,), ignore)])
    await ensure_consumers(bus.js, "github", [Projection("github-store", (PersonSeen, CommitFetched), ignore)])

    config = (await bus.js.consumer_info(streams.FACTS.name, "github-store")).config
    assert config.filter_subjects == ["bdc.v1.*.person.seen", "bdc.v1.github.commit.fetched"]
    assert config.max_deliver == -1


async def test_a_service_gets_a_durable_for_its_own_replay_requests(bus):
    await ensure_consumers(bus.js, "github", [])

    info = await bus.js.consumer_info(streams.CONTROL_QUEUE.name, replay_durable("github"))
    assert info.config.filter_subjects == ["bdc.v1.control.replay.requested.github"]


def test_the_command_provisions_as_the_environment_says(nats_url, monkeypatch, capsys):
    monkeypatch.setenv("BDC_NATS_URL", nats_url)
    monkeypatch.setenv("BDC_STREAM_MAX_AGE", "P365D")

    main()

    assert "BDC_FACTS" in capsys.readouterr().out


def test_the_command_without_a_server_is_one_sentence(monkeypatch, capsys):
    monkeypatch.setenv("BDC_NATS_URL", "nats://ann:secret@127.0.0.1:1")
    monkeypatch.setattr(connection, "CONNECT_SECONDS", 0.3)

    with pytest.raises(SystemExit) as caught:
        main()

    captured = capsys.readouterr().err
    assert caught.value.code == 1
    assert captured.count("\n") == 1
    assert "secret" not in captured
