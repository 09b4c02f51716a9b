"""Mirrors: hostile repositories, credentials, and sources that refuse or are not there."""

import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from bdc_chassis.errors import AuthError, BdcError, CommandError, NetworkError, PermissionDenied
from bdc_chassis.git import environment, git
from bdc_github.source.address import parse_address
from bdc_github.source.local import resolve_address
from bdc_github.source.mirror import Mirror
from bdc_github.source.refs import read_refs

from .conftest import Make
from .repositories import Repository

SECRET = "s3cr3t-t0ken"


@contextmanager
def server(status: int) -> Iterator[tuple[str, list[str | None]]]:
    """Answer every request with `status`; yield the host and the Authorization headers that came."""
    seen: list[str | None] = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            seen.append(self.headers.get("Authorization"))
            self.send_response(status)
            self.end_headers()

        def log_message(self, *arguments: object) -> None:
            """Keep quiet."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as httpd:
        thread = threading.Thread(target=httpd.serve_forever)
        thread.start()
        try:
            yield f"127.0.0.1:{httpd.server_port}", seen
        finally:
            httpd.shutdown()
            thread.join()


def written(folder: Path) -> bytes:
    return b"".join(path.read_bytes() for path in folder.rglob("*") if path.is_file())


async def mirrored(repository: Repository, folder: Path, *, stats: bool = True) -> Mirror:
    address = await resolve_address(str(repository.path))
    async with Mirror(address, folder, stats=stats) as mirror:
        await mirror.update()
    return mirror


@pytest.mark.parametrize(
    ("status", "kind"), [(401, AuthError), (403, PermissionDenied), (404, CommandError), (500, NetworkError)]
)
async def test_what_a_server_says_is_one_sentence_in_its_category(
    tmp_path: Path, status: int, kind: type[BdcError]
) -> None:
    with server(status) as (host, seen):
        address = parse_address(f"http://ann:{SECRET}@{host}/team/tool.git")
        async with Mirror(address, tmp_path) as mirror:
            with pytest.raises(kind) as refused:
                await mirror.update()

    assert "\n" not in str(refused.value)
    assert SECRET not in f"{refused.value}{refused.value.__cause__}{refused.value.__context__}"
    assert seen[0] is not None
    assert seen[0].startswith("Basic ")


async def test_no_secret_reaches_a_file_or_an_argument(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    arguments: list[str] = []
    started = git.__globals__["asyncio"].create_subprocess_exec

    async def spied(*command: str, **options: object) -> object:
        arguments.extend(command)
        return await started(*command, **options)

    monkeypatch.setattr(git.__globals__["asyncio"], "create_subprocess_exec", spied)
    with server(404) as (host, _):
        async with Mirror(parse_address(f"http://ann:{SECRET}@{host}/team/tool"), tmp_path) as mirror:
            with pytest.raises(CommandError):
                await mirror.update()

    assert arguments
    assert SECRET not in " ".join(arguments)
    assert SECRET.encode() not in written(tmp_path)


async def test_nobody_at_the_address_is_a_network_error(tmp_path: Path) -> None:
    async with Mirror(parse_address("http://127.0.0.1:1/team/tool"), tmp_path) as mirror:
        with pytest.raises(NetworkError, match="cannot be reached"):
            await mirror.update()


async def test_git_sees_nothing_of_our_git_environment(repository: Repository, monkeypatch: pytest.MonkeyPatch) -> None:
    sha = repository.commit()
    monkeypatch.setenv("GIT_DIR", "/nowhere")
    monkeypatch.setenv("GIT_CONFIG_COUNT", "1")
    monkeypatch.setenv("GIT_CONFIG_KEY_0", "alias.log")
    monkeypatch.setenv("GIT_CONFIG_VALUE_0", "!false")

    assert "GIT_DIR" not in environment()
    assert (await read_refs(repository.path)).commits == {"refs/heads/main": sha}


async def test_nothing_in_a_hostile_repository_runs(repository: Repository, tmp_path: Path) -> None:
    repository.commit()
    proof = tmp_path / "proof"
    script = f"#!/bin/sh\ntouch {proof}\n"
    for name in ("post-checkout", "pre-receive", "reference-transaction", "post-index-change"):
        hook = repository.path / ".git" / "hooks" / name
        hook.parent.mkdir(exist_ok=True)
        hook.write_text(script)
        hook.chmod(0o755)
    for key in ("core.fsmonitor", "core.sshCommand", "uploadpack.packObjectsHook", "core.gitProxy", "diff.external"):
        repository.git("config", key, f"touch {proof}")
    repository.git("config", "remote.origin.url", f"ext::touch {proof}")

    mirror = await mirrored(repository, tmp_path / "mirrors")

    assert not proof.exists()
    assert (await read_refs(mirror.path)).commits
    assert mirror.address.key.startswith("local/")


async def test_a_repository_of_another_user_is_read_because_it_was_named(
    repository: Repository, tmp_path: Path
) -> None:
    repository.commit()
    if os.geteuid() != 0:
        pytest.skip("only root can give a repository away")
    for path in (repository.path, *repository.path.rglob("*")):
        os.chown(path, 65534, 65534, follow_symlinks=False)

    mirror = await mirrored(repository, tmp_path / "mirrors")

    assert (await read_refs(mirror.path)).commits


async def test_a_fetch_that_was_killed_leaves_no_lock_that_stops_the_next(
    repository: Repository, tmp_path: Path
) -> None:
    repository.commit()
    mirror = await mirrored(repository, tmp_path / "mirrors")
    (mirror.path / "packed-refs.lock").touch()
    (mirror.path / "refs" / "heads").mkdir(exist_ok=True)
    (mirror.path / "refs" / "heads" / "main.lock").touch()
    sha = repository.commit()

    await mirrored(repository, tmp_path / "mirrors")

    assert (await read_refs(mirror.path)).commits == {"refs/heads/main": sha}


async def test_a_damaged_mirror_is_made_again(repository: Repository, tmp_path: Path) -> None:
    repository.commit()
    mirror = await mirrored(repository, tmp_path / "mirrors")
    (mirror.path / "HEAD").write_text("garbage")
    sha = repository.commit()

    await mirrored(repository, tmp_path / "mirrors")

    assert (await read_refs(mirror.path)).commits == {"refs/heads/main": sha}


async def test_two_processes_take_turns(
    repository: Repository, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    repository.commit()
    address = await resolve_address(str(repository.path))
    monkeypatch.setattr("bdc_github.source.mirror.LOCK_TIMEOUT_S", 0.2)
    async with Mirror(address, tmp_path):
        with pytest.raises(CommandError, match="another process"):
            async with Mirror(address, tmp_path):
                pytest.fail("two hold one mirror")


async def test_a_blobless_mirror_asks_nobody_for_what_it_lacks(make_repository: Make, tmp_path: Path) -> None:
    source = make_repository()
    source.commit()
    source.git("config", "uploadpack.allowFilter", "true")
    clone = tmp_path / "blobless.git"
    source.git("clone", "--quiet", "--mirror", "--filter=blob:none", f"file://{source.path}", str(clone))

    missing = await git("-C", str(clone), "cat-file", "--batch-check", env=environment(), stdin=b"ab" * 20 + b"\n")

    assert missing.strip().endswith(b"missing")


async def test_a_clone_is_known_by_its_origin(repository: Repository) -> None:
    repository.git("remote", "add", "origin", f"https://ann:{SECRET}@github.com/Boostorg/JSON.git")

    address = await resolve_address(str(repository.path))

    assert address.key == "github.com/boostorg/json"
    assert SECRET not in repr(address)
    assert address.credentials is None


async def test_the_token_is_for_github_alone() -> None:
    github = await resolve_address("https://github.com/boostorg/json", SECRET)
    other = await resolve_address("https://github.com.example.org/boostorg/json", SECRET)

    assert github.credentials is not None
    assert github.credentials.origin == "https://github.com/"
    assert other.credentials is None
