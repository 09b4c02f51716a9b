"""Repositories on this machine: which they are, and whether they are."""

import os
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Final

from bdc_chassis.errors import CommandError
from bdc_chassis.git import GitFailed, environment, git

from bdc_github.source.address import Address, Credentials, local_address, parse_address

GITHUB: Final = "https://github.com/"
LOGIN: Final = "x-access-token"


async def resolve_address(text: str, token: str | None = None) -> Address:
    """Return the address of what the operator typed; a clone on this machine gets the key of its origin.

    `token` is for https://github.com, where the address holds no credentials itself.

    Raises:
        ConfigurationError: it is no address.
        CommandError: there is no repository at the path.
    """
    address = parse_address(text)
    if address.local is None:
        if token and address.credentials is None and address.remote.startswith(GITHUB):
            return replace(address, credentials=Credentials(GITHUB, LOGIN, token))
        return address
    if address.local.is_file():  # a bundle
        return address
    return local_address(address.local, await _origin(address.local, text))


async def _origin(path: Path, text: str) -> str | None:
    """Return the configured address of the remote `origin`, None if there is none."""
    env = environment() | {"GIT_CEILING_DIRECTORIES": str(path.parent)}
    trust = ("-c", f"safe.directory={path}", "-c", f"safe.directory={path / '.git'}", "-C", str(path))
    try:
        await git(*trust, "rev-parse", "--git-dir", env=env)
    except GitFailed:
        raise CommandError(f"{text} is not a git repository: give the folder that holds .git, or a bare one") from None
    with suppress(GitFailed):
        return os.fsdecode(await git(*trust, "config", "--local", "--get", "remote.origin.url", env=env)).strip()
    return None
