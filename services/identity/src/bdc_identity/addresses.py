"""Which addresses tell who somebody is, by an editable list of those that do not."""

import re
import tomllib
from collections.abc import Iterable
from dataclasses import dataclass
from enum import Enum, auto
from fnmatch import translate
from functools import lru_cache
from importlib.resources import files
from pathlib import Path
from typing import Final

from bdc_chassis.errors import ConfigurationError

MAX_LENGTH: Final = 254  # characters; RFC 5321: a longer one is no address

_MAILBOX: Final = re.compile(r"[^\s@]+@[^\s@]*[^\s@.]\.[^\s@.]+")
_CACHED: Final = 20_000


class AddressKind(Enum):
    """How much an address says about its user: all, only together with a name, or nothing."""

    PERSONAL = auto()
    WEAK = auto()
    SHARED = auto()


@dataclass(frozen=True, eq=False)  # compared and hashed by identity, which the cache does at every look-up
class AddressRules:
    """Patterns of addresses that are not one person's; see `generic_addresses.toml`."""

    shared: re.Pattern[str]
    weak: re.Pattern[str]

    @lru_cache(maxsize=_CACHED)  # noqa: B019  (rules live as long as the process)
    def kind(self, address: str) -> AddressKind:
        """Judge a normalised address."""
        if self.shared.fullmatch(address) or len(address) > MAX_LENGTH:
            return AddressKind.SHARED
        if not _MAILBOX.fullmatch(address) or self.weak.fullmatch(address):
            return AddressKind.WEAK
        return AddressKind.PERSONAL


def _any_of(globs: Iterable[str]) -> re.Pattern[str]:
    return re.compile("|".join(translate(glob.lower()) for glob in globs) or r"(?!)")


@lru_cache(maxsize=8)
def load_address_rules(path: Path | None = None) -> AddressRules:
    """Read the rules from `path`, or those that come with the package.

    Raises:
        ConfigurationError: the file cannot be read or is not such a list.
    """
    source = path or files("bdc_identity") / "generic_addresses.toml"
    try:
        lists = tomllib.loads(source.read_text(encoding="utf-8"))
        return AddressRules(shared=_any_of(lists["shared"]), weak=_any_of(lists["weak"]))
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise ConfigurationError(
            f"{source} is no list of generic addresses ({error!r}); it needs the two arrays `shared` and `weak`."
        ) from error
