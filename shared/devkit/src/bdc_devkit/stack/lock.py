"""One stack per data directory: the lock goes with its holder, however that ends."""

import fcntl
import os
from pathlib import Path
from types import TracebackType
from typing import Self

from bdc_devkit.errors import StackError

FILE = "stack.lock"


class DirectoryLock:
    """An exclusive lock on a data directory, for the life of this process."""

    def __init__(self, data_dir: Path) -> None:
        self._data_dir = data_dir
        self._descriptor = -1

    def __enter__(self) -> Self:
        """Take the lock.

        Raises:
            StackError: another stack has it, or the directory cannot be written.
        """
        try:
            self._data_dir.mkdir(parents=True, exist_ok=True)
            self._descriptor = os.open(self._data_dir / FILE, os.O_RDWR | os.O_CREAT, 0o600)
            fcntl.flock(self._descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            holder = os.read(self._descriptor, 32).decode("ascii", "replace").strip()
            self._close()
            raise StackError(
                f"A stack is already up in {self._data_dir} (process {holder}): stop it with `bdc down`,"
                " or use another --data-dir"
            ) from error
        except OSError as error:
            raise StackError(f"{self._data_dir} cannot be used as the data directory: {error.strerror}") from error
        os.ftruncate(self._descriptor, 0)
        os.write(self._descriptor, str(os.getpid()).encode())
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._close()

    def _close(self) -> None:
        if self._descriptor >= 0:
            os.close(self._descriptor)
            self._descriptor = -1
