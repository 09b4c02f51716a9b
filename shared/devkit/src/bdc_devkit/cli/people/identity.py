"""How the commands ask identity, and how they show what anybody may have written."""

import sys
import urllib.parse
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from bdc_devkit.stack.read_api import ReadApi

SERVICE: Final = "identity"
SHOWN_ADDRESSES: Final = 3


def identity(data_dir: Path) -> ReadApi:
    """Return identity's API."""
    return ReadApi.of_stack(SERVICE, data_dir)


def quoted(id_: str) -> str:
    """Return an id as a part of a path."""
    return urllib.parse.quote(id_, safe="")


def printable(text: str | None) -> str:
    """Return `text` without what would move the cursor or change colours: names come from anybody."""
    return "".join(char if char.isprintable() else "\ufffd" for char in text or "")


def some(items: Sequence[str]) -> str:
    """Return the first few of `items`, and how many more there are."""
    more = len(items) - SHOWN_ADDRESSES
    return ", ".join(map(printable, items[:SHOWN_ADDRESSES])) + (f" and {more} more" if more > 0 else "")


def period(seen: Mapping[str, Any]) -> tuple[str, str]:
    """Return the first and the last day."""
    return (seen["first_seen"] or "")[:10], (seen["last_seen"] or "")[:10]


def account(profile: Mapping[str, Any]) -> str:
    """Return a profile as one text."""
    return printable(f"{profile['platform']}:{profile['account']}")


def write(line: str) -> None:
    """Write a line of the answer."""
    sys.stdout.write(f"{line}\n")
