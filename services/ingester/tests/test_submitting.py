"""`POST /submit` and `GET /status` over a real connection."""

import asyncio
import errno
import os
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx
import jwt
import orjson
import pytest
from bdc_chassis.api_documents import openapi
from bdc_chassis.errors import ConfigurationError
from bdc_chassis.http_server import HttpServer
from bdc_chassis.metrics import render
from bdc_ingester.folders import NewFile
from bdc_ingester.routes import Senders, sender_routes
from bdc_ingester.settings import IngesterSettings
from bdc_ingester.spool import Spool
from bdc_ingester.submit import Tokens
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from starlette.applications import Starlette

from .spooling import until
from .submissions import a_test, an_incident, submission

SECRET = "s" * 32
LIMIT = 100_000
GOOD = submission(tests=[a_test()])


def bearer(origin: Any = "robot", *, secret: Any = SECRET, algorithm: str = "HS256", **claims: Any) -> dict[str, str]:
    claims = {"origin": origin, "exp": int(time.time()) + 3600, **claims}
    given = {name: value for name, value in claims.items() if value is not None}
    return {"Authorization": f"Bearer {jwt.encode(given, secret, algorithm=algorithm)}"}


@pytest.fixture
def settings(tmp_path: Path) -> IngesterSettings:
    return IngesterSettings(data_dir=tmp_path, ingester_jwt_secret=SECRET, ingester_max_file_bytes=LIMIT)


@pytest.fixture
def spool(settings: IngesterSettings) -> Spool:
    return Spool(settings.spool_path)


@pytest.fixture
async def client(settings):
    async with (
        HttpServer(Starlette(routes=sender_routes(settings)), "127.0.0.1", 0) as server,
        httpx.AsyncClient(base_url=f"http://127.0.0.1:{server.port}", timeout=30) as client,
    ):
        yield client


@pytest.fixture(scope="session")
def key() -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


@pytest.fixture
def public_key(key, tmp_path) -> Path:
    path = tmp_path / "public.pem"
    path.write_bytes(public_pem(key))
    return path


def public_pem(key: rsa.RSAPrivateKey) -> bytes:
    form = serialization.PublicFormat.SubjectPublicKeyInfo
    return key.public_key().public_bytes(serialization.Encoding.PEM, form)


def waiting(spool: Spool) -> list[str]:
    return [path.name for path in spool.root.iterdir() if path.is_file()]


async def test_a_submission_waits_in_the_spool_when_its_sender_hears(client, spool):
    answer = await client.post("/submit", content=GOOD, headers=bearer())
    told = answer.json()
    assert (answer.status_code, told["status"]) == (200, "ok")
    assert told["message"] == f"Received submission {told['id']} with size {len(GOOD)} bytes"
    assert waiting(spool) == [f"submission-{told['id']}.json"]
    assert (spool.root / f"submission-{told['id']}.json").read_bytes() == GOOD


async def test_its_status_follows_its_file(client, spool):
    identity = (await client.post("/submit", content=GOOD, headers=bearer())).json()["id"]

    async def status() -> tuple[int, str]:
        answer = await client.get("/status", params={"id": identity}, headers=bearer("other"))
        assert answer.json()["id"] == identity
        return answer.status_code, answer.json()["status"]

    assert await status() == (200, "ready")
    spool.archive_file(spool.root / f"submission-{identity}.json", "0" * 64)
    assert await status() == (200, "processed")
    (spool.archive / f"submission-{identity}.json").rename(spool.failed / f"submission-{identity}.json")
    assert await status() == (200, "failed")
    (spool.failed / f"submission-{identity}.json").rename(spool.root / f"submission-{identity}.json.temp")
    assert await status() == (200, "inprogress")
    (spool.root / f"submission-{identity}.json.temp").unlink()
    assert await status() == (404, "notfound")


@pytest.mark.parametrize("identity", ["", "../x", "a.json", "a/b", "é", "a%00"])
async def test_the_status_of_what_is_no_id_is_refused(client, identity):
    answer = await client.get("/status", params={"id": identity}, headers=bearer())
    assert (answer.status_code, answer.json()["status"]) == (400, "error")


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Authorization": ""},
        {"Authorization": "Bearer"},
        {"Authorization": "Bearer x.y.z"},
        {"Authorization": "Basic cm9ib3Q6cm9ib3Q="},
        bearer(secret="t" * 32),
        bearer(exp=int(time.time()) - 3600),
        bearer(exp=None),
        bearer(nbf=int(time.time()) + 3600),
        bearer(None),
        bearer(["robot"]),
        bearer("Robot"),
        bearer("robot\n"),
        bearer("o" * 101),
        bearer(algorithm="HS512", secret="s" * 64),
        bearer(algorithm="none", secret=None),
    ],
)
async def test_without_a_good_token_nothing_is_accepted(client, spool, headers):
    for answer in (
        await client.post("/submit", content=GOOD, headers=headers),
        await client.get("/status", params={"id": "abc"}, headers=headers),
    ):
        assert answer.status_code == 401
        assert answer.headers["WWW-Authenticate"] == "Bearer"
        assert (answer.json()["id"], answer.json()["status"]) == ("0", "error")
    assert waiting(spool) == []


async def test_a_token_for_some_audience_is_good_too(client):
    answer = await client.post("/submit", content=GOOD, headers=bearer(aud="kcidb", gendate="2025-01-01"))
    assert answer.status_code == 200


async def test_the_data_must_be_from_the_origin_of_the_token(client, spool):
    mixed = submission(tests=[a_test(1), a_test(2, "other")])
    answer = await client.post("/submit", content=mixed, headers=bearer())
    assert answer.status_code == 403
    assert answer.json()["message"] == "the token is for robot, and the data is from other"
    assert waiting(spool) == []


@pytest.mark.parametrize("kind", ["checkouts", "builds", "tests", "issues", "incidents"])
async def test_a_sender_cannot_change_what_another_one_has_sent(client, spool, kind):
    theirs = submission(**{kind: [a_test() | {"id": "other:1"}]})
    answer = await client.post("/submit", content=theirs, headers=bearer())
    assert answer.status_code == 403
    assert waiting(spool) == []


async def test_a_sender_may_speak_about_what_another_one_has_sent(client):
    about = submission(tests=[a_test(build_id="other:1")], incidents=[an_incident(issue_id="other:2")])
    assert (await client.post("/submit", content=about, headers=bearer())).status_code == 200


async def test_ids_of_revisions_name_no_origin(client):
    old = orjson.dumps({"version": {"major": 3}, "revisions": [{"id": "5acb9c2a7bc8", "origin": "robot"}]})
    assert (await client.post("/submit", content=old, headers=bearer())).status_code == 200


async def test_an_origin_cannot_be_hidden_in_an_older_version(client):
    old = orjson.dumps({"version": {"major": 2}, "builds": [{"id": "other:1", "revision_id": "other:2"}]})
    assert (await client.post("/submit", content=old, headers=bearer())).status_code == 403


@pytest.mark.parametrize("body", [b"", b"{", b"\xff", b'{"a":NaN}', b"[" * 5000])
async def test_a_body_that_is_no_json_is_refused(client, spool, body):
    answer = await client.post("/submit", content=body, headers=bearer())
    assert (answer.status_code, answer.json()["status"]) == (400, "error")
    assert waiting(spool) == []


async def test_what_is_json_and_no_submission_is_the_ingesters_to_judge(client, spool):
    assert (await client.post("/submit", content=b"[1]", headers=bearer())).status_code == 200
    assert len(waiting(spool)) == 1


@asynccontextmanager
async def speaking(
    client: httpx.AsyncClient, headers: dict[str, str], body: bytes
) -> AsyncIterator[asyncio.StreamReader]:
    """Begin a request of which more is promised than is sent, and yield where its answer comes."""
    reader, writer = await asyncio.open_connection("127.0.0.1", client.base_url.port)
    lines = ["POST /submit HTTP/1.1", "Host: localhost", *(f"{name}: {value}" for name, value in headers.items())]
    writer.write("\r\n".join([*lines, "", ""]).encode() + body)
    try:
        yield reader
    finally:
        writer.close()


async def test_a_body_that_says_it_is_too_large_is_refused_before_it_comes(client, spool):
    async with speaking(client, bearer() | {"Content-Length": str(LIMIT + 1)}, b"x") as reader:
        assert b" 413 " in await reader.readline()
    assert waiting(spool) == []


async def test_a_body_that_becomes_too_large_is_refused_while_it_comes(client, spool):
    async def body():
        for _ in range(LIMIT // 1000 + 1):
            yield b" " * 1000

    answer = await client.post("/submit", content=body(), headers=bearer())
    assert answer.status_code == 413
    assert waiting(spool) == []


async def test_a_sender_that_breaks_off_leaves_nothing(client, spool):
    async with speaking(client, bearer() | {"Content-Length": "1000"}, b"{"):
        await until(lambda: [name for name in waiting(spool) if name.endswith(".temp")])
    await until(lambda: not waiting(spool))


async def test_a_silent_sender_is_not_waited_for(client, spool, monkeypatch):
    monkeypatch.setattr("bdc_ingester.submit.receiving.IDLE_SECONDS", 0.05)
    async with speaking(client, bearer() | {"Content-Length": "1000"}, b"{") as reader:
        assert b" 408 " in await reader.readline()
    await until(lambda: not waiting(spool))


async def test_a_full_disk_is_told_and_leaves_nothing(client, spool, monkeypatch):
    def full(_new: NewFile) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(NewFile, "settle", full)
    answer = await client.post("/submit", content=GOOD, headers=bearer())
    assert (answer.status_code, answer.json()["status"]) == (503, "error")
    assert waiting(spool) == []


async def test_many_at_once_all_arrive(client, spool):
    answers = await asyncio.gather(*(client.post("/submit", content=GOOD, headers=bearer()) for _ in range(50)))
    assert {answer.status_code for answer in answers} == {200}
    assert len(set(waiting(spool))) == 50


async def test_neither_token_nor_payload_is_logged(client, caplog):
    caplog.set_level(0)
    headers = bearer()
    await client.post("/submit", content=submission(tests=[a_test(comment="hunter2")]), headers=headers)
    await client.post("/submit", content=b'{"hunter2', headers=headers)
    await client.post("/submit", content=GOOD, headers=bearer(secret="t" * 32))
    assert "submission received" in caplog.text
    records = [record for record in caplog.records if record.name.startswith("bdc_")]
    written = " ".join(str(vars(record)) for record in records)
    assert "hunter2" not in written
    assert headers["Authorization"].removeprefix("Bearer ") not in written


async def test_a_token_signed_with_the_private_key_is_good_where_the_public_one_is_set(settings, key, public_key):
    tokens = Tokens.of(settings.model_copy(update={"ingester_jwt_secret": None, "ingester_jwt_public_key": public_key}))
    signed = bearer(secret=key, algorithm="RS256")
    assert tokens.origin(signed["Authorization"]) == "robot"
    assert Tokens.of(settings.model_copy(update={"ingester_jwt_public_key": public_key})).origin(
        bearer()["Authorization"]
    ) == ("robot")


async def test_the_public_key_is_no_secret_for_another_algorithm(settings, public_key):
    import base64  # noqa: PLC0415
    import hashlib  # noqa: PLC0415
    import hmac  # noqa: PLC0415

    def part(value: Any) -> bytes:
        return base64.urlsafe_b64encode(value if isinstance(value, bytes) else orjson.dumps(value)).rstrip(b"=")

    signed = part({"alg": "HS256"}) + b"." + part({"origin": "robot", "exp": int(time.time()) + 60})
    forged = signed + b"." + part(hmac.digest(public_key.read_bytes(), signed, hashlib.sha256))
    changes = {"ingester_jwt_public_key": public_key}
    for given in (changes, changes | {"ingester_jwt_secret": None}):
        tokens = Tokens.of(settings.model_copy(update=given))
        with pytest.raises(Exception, match="not good"):
            tokens.origin(f"Bearer {forged.decode()}")


async def test_without_keys_nothing_is_accepted(tmp_path):
    settings = IngesterSettings(data_dir=tmp_path)
    async with (
        HttpServer(Starlette(routes=sender_routes(settings)), "127.0.0.1", 0) as server,
        httpx.AsyncClient(base_url=f"http://127.0.0.1:{server.port}") as client,
    ):
        answer = await client.post("/submit", content=GOOD, headers=bearer())
    assert (answer.status_code, answer.json()["status"]) == (503, "error")


def test_keys_that_protect_nothing_are_configuration_errors(settings, key, tmp_path):
    def given(**changes: Any) -> IngesterSettings:
        return IngesterSettings(data_dir=tmp_path, **changes)

    private = tmp_path / "private.pem"
    private.write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    small = tmp_path / "small.pem"
    small.write_bytes(public_pem(rsa.generate_private_key(public_exponent=65537, key_size=1024)))  # noqa: S505  (what is refused)
    (tmp_path / "no.pem").write_bytes(b"no key")
    for changes, problem in (
        ({"ingester_jwt_secret": "hunter2"}, "has 7 bytes"),
        ({"ingester_jwt_public_key": tmp_path / "none.pem"}, "can not be read"),
        ({"ingester_jwt_public_key": tmp_path / "no.pem"}, "no RSA public key"),
        ({"ingester_jwt_public_key": private}, "private key"),
        ({"ingester_jwt_public_key": small}, "1024 bits"),
    ):
        with pytest.raises(ConfigurationError, match=problem) as caught:
            Tokens.of(given(**changes))
        assert "hunter2" not in str(caught.value)


async def test_what_was_received_is_counted(client):
    def count(name: str) -> float:
        lines = render(None).decode().splitlines()
        return sum(float(line.rpartition(" ")[2]) for line in lines if line.startswith(name))

    before = {
        name: count(name)
        for name in ("kcidb_submissions_total", "kcidb_submission_size_total", "kcidb_user_errors_total")
    }
    await client.post("/submit", content=GOOD, headers=bearer())
    await client.post("/submit", content=b"{", headers=bearer())
    after = {name: count(name) for name in before}
    assert [after[name] - before[name] for name in before] == [1, len(GOOD), 1]


def test_both_are_described_to_programs(settings):
    document = openapi("ingester", sender_routes(settings))
    submit, status = document["paths"]["/submit"]["post"], document["paths"]["/status"]["get"]
    assert submit["requestBody"]["required"]
    assert set(submit["responses"]) == {"200", "400", "401", "403", "408", "413", "503"}
    assert status["parameters"][0]["name"] == "id"
    assert document["components"]["securitySchemes"]["bearer"]["scheme"] == "bearer"
    assert Senders.submit.__doc__ in submit["description"]
