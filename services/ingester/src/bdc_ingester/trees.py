"""The file of tree names, which an operator may change while the service runs."""

import logging
import time
from collections.abc import Callable
from pathlib import Path
from typing import Final, TypeAlias

from bdc_chassis.errors import BdcError, ConfigurationError

from bdc_ingester.source import NO_TREES, TreeNames, parse_trees

LOOK_SECONDS: Final = 1.0

_Mark: TypeAlias = tuple[int, int, int, int]

log = logging.getLogger(__name__)


class TreeFile:
    """Names from a file, or none without one; `clock` counts seconds."""

    def __init__(self, path: Path | None, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._path = path
        self._clock = clock
        self._names = NO_TREES
        self._mark: _Mark | None = None
        self._next_look = 0.0

    def load(self) -> TreeNames:
        """Read the file now.

        Raises:
            ConfigurationError: it can not be read, or holds no tree names.
        """
        if self._path is None:
            return NO_TREES
        self._next_look = self._clock() + LOOK_SECONDS
        try:
            self._mark = _mark(self._path)
            self._names = parse_trees(self._path.read_bytes())
        except OSError as error:
            raise ConfigurationError(
                f"the tree names {self._path} can not be read ({error.strerror}): check --trees-file"
            ) from error
        except BdcError as error:
            raise ConfigurationError(f"{self._path}: {error}") from error
        return self._names

    def current(self) -> TreeNames:
        """Return the names as they are now, looking at most once a second; a broken file leaves them as they were."""
        if self._path is None or self._clock() < self._next_look:
            return self._names
        self._next_look = self._clock() + LOOK_SECONDS
        try:
            if _mark(self._path) != self._mark:
                self.load()
                log.info("tree names read again", extra={"trees": len(self._names.by_address)})
        except (OSError, ConfigurationError) as error:
            log.warning("the tree names stay as they were: %s", error)
        return self._names


def _mark(path: Path) -> _Mark:
    """Return what changes with the file, also when another takes its place."""
    status = path.stat()
    return status.st_dev, status.st_ino, status.st_mtime_ns, status.st_size
