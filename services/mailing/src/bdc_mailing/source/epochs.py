"""The repositories of a public-inbox: version 2 begins a new one, an epoch, when the last is large enough."""

import asyncio
import re
import shutil
from pathlib import Path
from typing import Final

from bdc_chassis.errors import CommandError, NetworkError
from bdc_chassis.git import NETWORK_PROTOCOLS, GitFailed, environment, git
from bdc_contracts.ids import digest

from bdc_mailing.source.local_kind import is_repository

_EPOCH: Final = re.compile(r"(\d+)\.git")
_ONE_REPOSITORY: Final = re.compile(r"\.git/?$|/\d+/?$|^[\w.+-]+@[\w.-]+:")
_OF_AN_EPOCH: Final = re.compile(r"(/git)?/\d+(\.git)?/?$|\.git/?$")
_AWAY: Final = re.compile(r"resolve host|[Cc]onnect|timed out|hung up|early EOF|error: 5\d\d")
_MAX_EPOCHS: Final = 1000


def local_epochs(path: Path) -> list[Path]:
    """Return the repositories at a path, oldest epoch first."""
    for one in (path, path / ".git"):
        if is_repository(one):
            return [one]
    found = [each for folder in (path / "git", path) for each in folder.glob("*.git") if _EPOCH.fullmatch(each.name)]
    return sorted(found, key=lambda each: int(each.name.removesuffix(".git")))


def web_page(address: str) -> str | None:
    """Return where a person reads the messages of a public-inbox on the web, for `Origin`."""
    if not address.startswith(("http://", "https://")):
        return None
    return _OF_AN_EPOCH.sub("", address.rstrip("/")) + "/{id}/"


async def mirrored_epochs(address: str, folder: Path, limit: float) -> list[Path]:
    """Bring the mirrors of all epochs up to date and return them, oldest first; a clone or fetch takes `limit` seconds.

    Raises:
        CommandError: there is no repository at the address.
        NetworkError: it cannot be reached.
    """
    folder = folder / f"public-inbox-{digest(address)[:16]}"
    if _ONE_REPOSITORY.search(address):
        return [await _mirror(address, folder / "0.git", limit)]
    found: list[Path] = []
    for number in range(_MAX_EPOCHS):
        epoch = f"{address.rstrip('/')}/{number}"
        if not await _is_there(epoch, limit):
            break
        found.append(await _mirror(epoch, folder / f"{number}.git", limit))
    return found or [await _mirror(address, folder / "0.git", limit)]


async def _is_there(address: str, limit: float) -> bool:
    env = environment(protocols=NETWORK_PROTOCOLS)
    try:
        await git("ls-remote", "--quiet", "--", address, "HEAD", env=env, timeout=limit)
    except GitFailed as error:
        if _AWAY.search(error.stderr):
            raise NetworkError(f"the public-inbox at {address} cannot be had: {error}") from error
        return False
    return True


async def _mirror(address: str, path: Path, limit: float) -> Path:
    """Clone into a folder beside and move it in place, or fetch: a mirror is whole or not there.

    Nothing is pruned, so the commits that a rewritten history left behind stay and say what it took away.
    """
    env = environment(protocols=NETWORK_PROTOCOLS)
    fresh = path.with_suffix(".part")
    try:
        if is_repository(path):
            fetch = ("fetch", "--quiet", "--force", "--no-tags", "origin", "+refs/heads/*:refs/heads/*")
            await git("-C", str(path), *fetch, env=env, timeout=limit)
        else:
            await asyncio.to_thread(shutil.rmtree, fresh, ignore_errors=True)
            path.parent.mkdir(parents=True, exist_ok=True)
            clone = ("clone", "--bare", "--quiet", "--template=", "--", address, str(fresh))
            await git(*clone, env=env, timeout=limit)
            fresh.rename(path)
    except GitFailed as error:
        kind = NetworkError if _AWAY.search(error.stderr) else CommandError
        said = str(error).replace(str(fresh), "its mirror").replace(str(path), "its mirror")
        raise kind(f"the public-inbox at {address} cannot be had: {said}") from error
    return path
