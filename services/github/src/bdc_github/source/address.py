"""Where a repository is: what the operator typed, as a stable key, an address for git, and credentials kept apart.

Nothing in an `Address` but `credentials` is secret, and `key`, `name` and `url` hold no path of this machine.
"""

import os
import re
from base64 import b64encode
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final
from urllib.parse import unquote, urlsplit

from bdc_chassis.errors import CommandError, ConfigurationError
from bdc_contracts.ids import digest

# `user@host:path`, but neither `C:\path` nor `transport::address`.
_SCP: Final = re.compile(r"(?:(?P<user>[\w.+-]+)@)?(?P<host>[\w.-]{2,}|\[[0-9a-fA-F:]+\]):(?!:|//)(?P<path>[^\s]+)")
_NETWORK_SCHEMES: Final = ("https", "http", "ssh", "git")
_DEFAULT_PORTS: Final = {"https": 443, "http": 80, "ssh": 22, "git": 9418}
_ALIASES: Final = {"www.github.com": "github.com", "ssh.github.com": "github.com"}
_CASELESS: Final = frozenset({"github.com"})
_LOCAL_KEY_DIGITS: Final = 8


@dataclass(frozen=True, slots=True)
class Credentials:
    """What authenticates against `origin` (`https://host[:port]/`); its text never shows the secret."""

    origin: str
    username: str = field(repr=False)
    password: str = field(repr=False)

    def header(self) -> str:
        """Return the Authorization header that git sends to `origin` and nowhere else."""
        pair = b64encode(f"{self.username}:{self.password}".encode()).decode()
        return f"Authorization: Basic {pair}"


@dataclass(frozen=True, slots=True)
class Address:
    """One repository: `key` names it in events, `url` is public, `remote` is what git is given."""

    key: str
    name: str
    url: str
    remote: str
    local: Path | None = None
    credentials: Credentials | None = None


def parse_address(text: str) -> Address:
    """Return the address of a URL (https, http, ssh, git), of the `user@host:path` form or of a local path.

    Raises:
        ConfigurationError: it is none of these, or a transport that runs commands.
        CommandError: there is nothing at the local path.
    """
    if not text or text.startswith("-") or "::" in text or any(ord(char) < ord(" ") for char in text):
        raise ConfigurationError(f"{text!r} is not a repository: give a https or ssh address, or a path")
    if Path(text).expanduser().exists():
        return local_address(Path(text).expanduser())
    if "://" in text:
        return _from_url(text)
    if not text.startswith((".", "/", "~")) and (scp := _SCP.fullmatch(text)):
        user = f"{scp['user']}@" if scp["user"] else ""
        return _from_url(f"ssh://{user}{scp['host']}/{scp['path'].lstrip('/')}")
    raise CommandError(f"there is no repository at {text}: no such file or folder")


def local_address(path: Path, origin: str | None = None) -> Address:
    """Return the address of a repository on this machine.

    With the `origin` that it was cloned from, if that is a network address, it is that repository under its usual key;
    without, its key comes from its folder's name and a digest of its place.
    """
    resolved = path.resolve()
    if origin and (known := network_address(origin)):
        return Address(known.key, known.name, known.url, str(resolved), resolved)
    name = (resolved.parent if resolved.name == ".git" else resolved).name.removesuffix(".git") or "root"
    place = digest(os.fsencode(resolved))[:_LOCAL_KEY_DIGITS]
    name = re.sub(r"[^\w.+-]", "-", name)
    return Address(f"local/{name}-{place}", name, f"file:{name}", str(resolved), resolved)


def network_address(text: str) -> Address | None:
    """Return the address if `text` is one on the network, None for paths and everything else."""
    try:
        address = parse_address(text)
    except (ConfigurationError, CommandError):
        return None
    return None if address.local else address


def _from_url(text: str) -> Address:
    try:
        parts = urlsplit(text)
        port = parts.port
    except ValueError:
        raise ConfigurationError("the repository's address is not a valid URL: check its host and port") from None
    scheme = parts.scheme.lower()
    if scheme == "file":
        return _from_file_url(unquote(parts.path))
    if scheme not in _NETWORK_SCHEMES or not parts.hostname or parts.hostname.startswith("-"):
        raise ConfigurationError(f"{scheme}:// does not lead to a repository: give a https or ssh address, or a path")
    host = parts.hostname.lower()
    path = parts.path.strip("/").removesuffix(".git").rstrip("/")
    if not path:
        raise ConfigurationError(f"the address of {host} names no repository: add its path, such as /owner/name")
    shown_port = f":{port}" if port and port != _DEFAULT_PORTS[scheme] else ""
    login = f"{parts.username}@" if scheme == "ssh" and parts.username else ""
    return Address(
        _key(host, shown_port, path),
        "/".join(path.split("/")[-2:]),
        f"{scheme}://{host}{shown_port}/{path}",
        f"{scheme}://{login}{host}{shown_port}{parts.path.rstrip('/')}",
        credentials=_credentials(scheme, f"{host}{shown_port}", parts.username, parts.password),
    )


def _from_file_url(path: str) -> Address:
    if not Path(path).exists():
        raise CommandError(f"there is no repository at {path}: no such file or folder")
    return local_address(Path(path))


def _key(host: str, port: str, path: str) -> str:
    host = _ALIASES.get(host, host)
    if host in _CASELESS:
        return f"{host}/{path.lower()}"
    return f"{host}{port}/{path}"


def _credentials(scheme: str, authority: str, username: str | None, password: str | None) -> Credentials | None:
    if scheme not in ("https", "http") or not (username or password):
        return None
    user, secret = unquote(username or ""), unquote(password or "")
    if not secret:  # https://TOKEN@host
        user, secret = "x-access-token", user
    return Credentials(f"{scheme}://{authority}/", user, secret)
