"""Running git: nobody's configuration, no prompt, no hook, no secret in an argument, and one sentence when it fails."""

import asyncio
import os
import signal
from collections.abc import Iterable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Final

from bdc_chassis.errors import CommandError, TimedOut

SHORT_TIMEOUT_S: Final = 120.0
NULL_ID: Final = "0" * 40

# All that git sees of our environment. Everything called GIT_* stays behind, above all GIT_DIR, GIT_CONFIG_* and
# GIT_*_PROXY.
_INHERITED: Final = (
    *("PATH", "HOME", "TMPDIR", "USER", "LOGNAME", "SSH_AUTH_SOCK", "SSL_CERT_FILE", "SSL_CERT_DIR", "SYSTEMROOT"),
    *("http_proxy", "https_proxy", "all_proxy", "no_proxy", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY"),
)
_FIXED: Final = {
    "GIT_CONFIG_NOSYSTEM": "1",
    "GIT_CONFIG_SYSTEM": os.devnull,
    "GIT_CONFIG_GLOBAL": os.devnull,
    "GIT_ATTR_NOSYSTEM": "1",
    "GIT_TERMINAL_PROMPT": "0",
    "GIT_ASKPASS": "",
    "SSH_ASKPASS": "",
    "GIT_SSH_COMMAND": "ssh -oBatchMode=yes -oConnectTimeout=20 -oServerAliveInterval=20",
    "GIT_NO_REPLACE_OBJECTS": "1",
    "GIT_NO_LAZY_FETCH": "1",
    "GIT_OPTIONAL_LOCKS": "0",
    "GIT_PROTOCOL_FROM_USER": "0",
    "LC_ALL": "C",
}
# A mirror is data of a stranger: nothing in it may run, and nothing may tidy away objects that no ref needs any more,
# since the next run asks them what vanished.
_SETTINGS: Final = {
    "core.hooksPath": os.devnull,
    "core.fsmonitor": "false",
    "core.untrackedCache": "false",
    "core.attributesFile": os.devnull,
    "core.commitGraph": "false",
    "gc.auto": "0",
    "maintenance.auto": "false",
    "fetch.recurseSubmodules": "false",
    "fetch.fsckObjects": "false",
    "credential.helper": "",
    "http.lowSpeedLimit": "1000",
    "http.lowSpeedTime": "60",
    "http.followRedirects": "initial",
    "advice.detachedHead": "false",
}
NETWORK_PROTOCOLS: Final = "file:git:http:https:ssh"
NO_PROTOCOLS: Final = "none"


class GitFailed(CommandError):  # noqa: N818  (says what happened, as its siblings in the chassis do)
    """A git command ended with an error; `stderr` is what it said, for those who can tell why."""

    def __init__(self, message: str, stderr: str) -> None:
        super().__init__(message)
        self.stderr = stderr


def environment(
    *, protocols: str = NO_PROTOCOLS, headers: Mapping[str, str] | None = None, config: Path | None = None
) -> dict[str, str]:
    """Return the whole environment of a git process.

    `protocols` are the transports that it may use; by default none, so that a partial mirror never fetches an object
    behind our back. `headers` are what each origin (`https://host/`) is sent, such as an authorization. `config` is a
    file of ours that git and its helpers read as the user's configuration.
    """
    settings = [*_SETTINGS.items()]
    settings += [(f"http.{origin}.extraHeader", header) for origin, header in (headers or {}).items()]
    inherited = {name: os.environ[name] for name in _INHERITED if name in os.environ}
    special = {"GIT_ALLOW_PROTOCOL": protocols} | ({"GIT_CONFIG_GLOBAL": str(config)} if config else {})
    return inherited | _FIXED | special | _as_environment(settings)


def _as_environment(settings: Iterable[tuple[str, str]]) -> dict[str, str]:
    """Return configuration as git takes it from the environment, where no list of processes shows it."""
    variables: dict[str, str] = {}
    count = 0
    for name, value in settings:
        variables |= {f"GIT_CONFIG_KEY_{count}": name, f"GIT_CONFIG_VALUE_{count}": value}
        count += 1
    return variables | {"GIT_CONFIG_COUNT": str(count)}


async def git(
    *arguments: str,
    env: Mapping[str, str],
    stdin: bytes = b"",
    timeout: float = SHORT_TIMEOUT_S,  # noqa: ASYNC109  (the process group must be killed, not only forgotten)
    pass_fds: tuple[int, ...] = (),
) -> bytes:
    """Run a git command to its end and return what it printed.

    Raises:
        GitFailed: it ended with an error.
        TimedOut: it took longer than `timeout` seconds.
    """
    process = await start(*arguments, env=env, pass_fds=pass_fds)
    try:
        async with asyncio.timeout(timeout):
            out, err = await process.communicate(stdin)
    except TimeoutError:
        raise TimedOut(
            f"git {_verb(arguments)} did not end within {timeout:.0f} s; try again, or raise the limit"
        ) from None
    finally:
        await stop(process)
    if process.returncode:
        raise failure(arguments, process.returncode, err)
    return out


async def start(*arguments: str, env: Mapping[str, str], pass_fds: tuple[int, ...] = ()) -> asyncio.subprocess.Process:
    """Start git with pipes for its three streams, in a process group of its own.

    Raises:
        CommandError: git is not installed.
    """
    try:
        return await asyncio.create_subprocess_exec(
            "git",
            *arguments,
            env=env,
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
            start_new_session=True,
            pass_fds=pass_fds,
        )
    except FileNotFoundError:
        raise CommandError("git is not installed, or not on the PATH: install git 2.30 or newer") from None


async def stop(process: asyncio.subprocess.Process) -> None:
    """End the process and its helpers if they still run."""
    if process.returncode is None:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        await process.wait()


def failure(arguments: tuple[str, ...], code: int, stderr: bytes) -> GitFailed:
    """Return the error of a command that ended with `code`."""
    said = stderr.decode("utf-8", "replace").strip()
    last = next((line for line in reversed(said.splitlines()) if line.startswith(("fatal:", "error:"))), said[-200:])
    return GitFailed(f"git {_verb(arguments)} failed with code {code}: {last or 'it did not say why'}", said)


def _verb(arguments: tuple[str, ...]) -> str:
    """Return the subcommand, which comes after `-C <folder>`."""
    return arguments[2] if arguments[:1] == ("-C",) else arguments[0]
