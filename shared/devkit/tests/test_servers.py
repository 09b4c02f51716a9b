"""The embedded servers: durable, private, side by side, as root and not."""

import os
import shutil
import subprocess
import sys

import asyncpg
import nats
import psutil
import pytest
from bdc_chassis.bus.connection import connect
from bdc_chassis.errors import NetworkError
from bdc_chassis.settings import ChassisSettings
from bdc_devkit.embedded import NatsServer, PostgresServer
from bdc_devkit.embedded.postgres import FAST
from bdc_devkit.errors import ProcessFailed


@pytest.fixture
def postgres(tmp_path):
    server = PostgresServer(tmp_path / "cluster", options=FAST)
    server.start()
    yield server
    server.kill()


@pytest.fixture
def nats_server(tmp_path):
    server = NatsServer(tmp_path / "nats")
    server.start()
    yield server
    server.process.kill()


async def execute(url, statement):
    connection = await asyncpg.connect(url)
    try:
        return await connection.fetch(statement)
    finally:
        await connection.close()


async def test_what_is_committed_survives_kill_9_of_postgres(postgres):
    await execute(postgres.url, "CREATE TABLE kept AS SELECT 1 AS it")
    port = postgres.port
    psutil.Process(postgres.process.pid).kill()
    postgres.process.wait(10)
    postgres.start()
    assert postgres.port == port
    assert await execute(postgres.url, "SELECT it FROM kept") == [(1,)]


async def test_what_is_acknowledged_survives_kill_9_of_nats(nats_server):
    client = await nats.connect(nats_server.url)
    await client.jetstream().add_stream(name="kept", subjects=["kept"])
    await client.jetstream().publish("kept", b"it")
    url = nats_server.url
    psutil.Process(nats_server.process.pid).kill()
    nats_server.process.wait(10)
    nats_server.start()
    await client.close()
    again = await nats.connect(nats_server.url)
    assert nats_server.url == url
    assert (await again.jetstream().get_msg("kept", seq=1)).data == b"it"
    await again.close()


async def test_nobody_gets_in_without_the_secret(nats_server, postgres):
    with pytest.raises(asyncpg.InvalidPasswordError):
        await execute(f"postgresql://bdc:guess@127.0.0.1:{postgres.port}/bdc", "SELECT 1")
    with pytest.raises(NetworkError):
        await connect(ChassisSettings(nats_url=f"nats://127.0.0.1:{nats_server.port}"), name="intruder")


def test_servers_listen_on_the_loopback_interface_only(nats_server, postgres):
    for server in (nats_server, postgres):
        listening = psutil.Process(server.process.pid).net_connections()
        assert {connection.laddr.ip for connection in listening if connection.status == psutil.CONN_LISTEN} == {
            "127.0.0.1"
        }


def test_two_clusters_run_side_by_side(postgres, tmp_path):
    other = PostgresServer(tmp_path / "other", options=FAST)
    other.start()
    try:
        assert other.port != postgres.port
    finally:
        other.kill()


async def test_pgvector_and_contrib_are_there(postgres):
    for extension in ("vector", "pg_trgm", "unaccent"):
        await execute(postgres.url, f"CREATE EXTENSION {extension}")


def test_a_server_that_cannot_start_says_why_and_where_its_log_is(tmp_path):
    server = PostgresServer(tmp_path / "cluster", options={"shared_buffers": "nonsense"})
    with pytest.raises(ProcessFailed, match=r"PostgreSQL ended at once: .*shared_buffers.*postgres\.log"):
        server.start()


@pytest.mark.skipif(os.geteuid() != 0, reason="needs root to become somebody else")
def test_a_private_checkout_works_as_root(tmp_path):
    """Nobody but root may enter the directory, and the server, which is not root, works in it all the same."""
    private = tmp_path / "private"
    private.mkdir(mode=0o700)
    server = PostgresServer(private / "cluster", options=FAST)
    server.start()
    server.kill()


@pytest.mark.skipif(os.geteuid() != 0, reason="needs root to become somebody else")
@pytest.mark.skipif(sys.platform != "linux", reason="the fallback keeps a Linux capability")
def test_where_user_namespaces_are_forbidden_nobody_runs_the_server(tmp_path, monkeypatch):
    private = tmp_path / "private"
    private.mkdir(mode=0o700)
    server = PostgresServer(private / "cluster", options=FAST)
    guard = tmp_path / "guard"
    guard.mkdir()
    source = sys.modules["bdc_devkit.embedded.guarded"].GUARD.parent
    shutil.copy(source / "guard.py", guard)
    text = (source / "privileges.py").read_text()
    (guard / "privileges.py").write_text(text.replace("CLONE_NEWUSER = 0x10000000", "CLONE_NEWUSER = -1"))
    monkeypatch.setattr("bdc_devkit.embedded.guarded.GUARD", guard / "guard.py")
    server.start()
    try:
        assert psutil.Process(server.process.pid).uids().effective == 65534
    finally:
        server.kill()


@pytest.mark.skipif(os.geteuid() != 0, reason="needs root to become somebody else")
def test_an_ordinary_user_needs_no_tricks(tmp_path):
    home = tmp_path / "home"
    home.mkdir()
    os.chown(home, 12345, 12345)
    try:
        subprocess.run(
            [sys.executable, "-c", "import bdc_devkit"], user=12345, check=True, cwd="/", capture_output=True
        )
    except (PermissionError, subprocess.CalledProcessError):
        pytest.skip("this environment is in a directory that other users may not enter")
    script = (
        "import sys; from pathlib import Path; from bdc_devkit.embedded import PostgresServer;"
        "server = PostgresServer(Path(sys.argv[1])); server.start(); server.kill()"
    )
    tmp_path.chmod(0o711)
    done = subprocess.run(
        [sys.executable, "-c", script, str(home / "pg")],
        user=12345,
        group=12345,
        capture_output=True,
        check=False,
        cwd="/",
    )
    assert done.returncode == 0, done.stderr.decode()
