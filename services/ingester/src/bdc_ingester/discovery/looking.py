"""A first look at a file: its size and its sender, without reading it."""

import os
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Final

LOOK_BYTES: Final = 4096

_FLAGS: Final = os.O_RDONLY | os.O_CLOEXEC | os.O_NOFOLLOW | os.O_NONBLOCK
_ORIGIN: Final = re.compile(rb'"origin"\s*:\s*"([a-z0-9_]{1,100})"')


@dataclass(frozen=True, slots=True)
class Found:
    """A file that waits; `origin` is the first that it names, empty where it names none in its first 4 KiB."""

    name: str
    origin: str = ""
    size: int = 0
    written: float = 0.0


def look(folder: Path, name: str) -> Found:
    """Return what can be seen of a file; whatever is wrong with it is for its reader to say."""
    try:
        handle = os.open(folder / name, _FLAGS)
    except OSError:
        return Found(name)
    try:
        status = os.fstat(handle)
        found = _ORIGIN.search(os.read(handle, LOOK_BYTES))
    except OSError:
        return Found(name)
    finally:
        os.close(handle)
    return Found(name, found[1].decode() if found else "", status.st_size, status.st_mtime)
