"""Where an archive is, and of which kind: told from its address, or said by a prefix such as `hyperkitty+`."""

import re
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from urllib.parse import SplitResult, unquote, urlsplit

from bdc_chassis.errors import ConfigurationError


class Kind(StrEnum):
    """The kinds of archive that can be read."""

    MBOX = "mbox"
    """One file, also gzipped, also a single message."""
    MAILDIR = "maildir"
    EML = "eml"
    """A directory of `.eml` files."""
    HYPERKITTY = "hyperkitty"
    """The archive server of Mailman 3, over its REST interface."""
    EXPORT = "export"
    """An mbox that a server gives, such as HyperKitty's `export/*.mbox.gz`."""
    PIPERMAIL = "pipermail"
    """The archive pages of Mailman 2."""
    PUBLIC_INBOX = "public-inbox"
    """A git repository of mail."""
    IMAP = "imap"


REMOTE = frozenset({Kind.HYPERKITTY, Kind.EXPORT, Kind.PIPERMAIL, Kind.IMAP})

_PREFIX = re.compile(rf"({'|'.join(Kind)})\+(?=.)")
_SCHEME = re.compile(r"([a-z][a-z0-9+.-]*)://", re.IGNORECASE)
_ACCOUNT = re.compile(r"(?<=://)[^/@]*@")
_SCP = re.compile(r"[\w.+-]+@[\w.-]+:[^\s:]+")
# The first that is found in the path of a web address decides.
_WEB = (
    (re.compile(r"\.mbox(\.gz)?$"), Kind.EXPORT),
    (re.compile(r"/pipermail(/|$)|\.txt(\.gz)?$"), Kind.PIPERMAIL),
    (re.compile(r"\.git/?$|/git/\d+/?$"), Kind.PUBLIC_INBOX),
    (re.compile(r"/(archives|hyperkitty)(/|$)"), Kind.HYPERKITTY),
)
_SCHEMES = {"imap": Kind.IMAP, "imaps": Kind.IMAP, "git": Kind.PUBLIC_INBOX, "ssh": Kind.PUBLIC_INBOX}


@dataclass(frozen=True, slots=True)
class Location:
    """An address of an archive; `kind` is None for what has to be looked at on this machine first."""

    kind: Kind | None
    address: str

    @property
    def path(self) -> Path:
        """Return the address as a path of this machine."""
        return Path(self.address).expanduser().resolve()

    @property
    def is_local(self) -> bool:
        """Tell whether the archive is files of this machine."""
        return self.kind not in REMOTE and not _SCHEME.match(self.address) and not _is_scp(self.address)

    @property
    def label(self) -> str:
        """Return the name of the archive in events: the same on every run, no path of this machine, no account.

        Nor has it what stands after a question mark, where servers take keys.
        """
        return f"{self.kind}:{self.path.name if self.is_local else _ACCOUNT.sub('', _bare(self.address)).rstrip('/')}"

    def of_kind(self, kind: Kind) -> "Location":
        """Return the location once its kind is known."""
        return Location(kind, self.address)


def locate(text: str) -> Location:
    """Return where `text` leads, without looking.

    Raises:
        ConfigurationError: it is nothing that mail could be read from, or it holds a password.
    """
    given = text.strip()
    if not given or any(ord(char) < ord(" ") for char in given):
        raise ConfigurationError(f"{text!r} is no archive: give an address or a path")
    prefix = _PREFIX.match(given)
    if prefix:
        given = given[prefix.end() :]
    scheme = _SCHEME.match(given)
    kind = Kind(prefix[1]) if prefix else None
    is_file = scheme is not None and scheme[1].lower() == "file"
    if not scheme or is_file:
        if kind in REMOTE:
            raise ConfigurationError(f"{text} is no address: {kind} needs one, such as {kind}+https://host/path")
        if is_file:
            return Location(kind, unquote(urlsplit(given).path))
        return Location(kind or (Kind.PUBLIC_INBOX if _is_scp(given) else None), given)
    return _remote(kind, given)


def _remote(kind: Kind | None, address: str) -> Location:
    try:
        parts = urlsplit(address)
        host, _ = parts.hostname, parts.port
    except ValueError:
        host = None
    if not host:
        raise ConfigurationError(f"{address.partition('://')[0]}://… is not a valid address: check its host and port")
    # https://TOKEN@host is a password, too.
    if parts.password is not None or (parts.username and parts.scheme.lower() in {"http", "https"}):
        raise ConfigurationError(f"the address of {host} holds a password: leave it out and set it in the environment")
    return Location(kind or _kind_of_address(parts, address), address)


def _kind_of_address(parts: SplitResult, address: str) -> Kind:
    scheme = parts.scheme.lower()
    if scheme in _SCHEMES:
        return _SCHEMES[scheme]
    if scheme in {"http", "https"}:
        for pattern, kind in _WEB:
            if pattern.search(parts.path):
                return kind
    raise ConfigurationError(
        f"cannot tell what kind of archive {_bare(address)} is: put one of {', '.join(sorted(REMOTE))}, public-inbox"
        f" and a plus before it, such as pipermail+{_bare(address)}"
    )


def _bare(address: str) -> str:
    return re.split(r"[?#]", address, maxsplit=1)[0]


def _is_scp(text: str) -> bool:
    """Tell whether `text` has git's form `user@host:path`."""
    return _SCP.fullmatch(text) is not None
