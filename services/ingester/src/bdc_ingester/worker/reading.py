"""The files of an order, read and judged each by itself."""

import asyncio
import os
import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path

from bdc_chassis.errors import sentence
from bdc_chassis.forgetting import Redactor

from bdc_ingester.erasing import redacted
from bdc_ingester.folders import replace_content
from bdc_ingester.rejection import shortened
from bdc_ingester.source import Reason, Rejected, Rejection, TreeNames, Vanished, parse_submission, read_file
from bdc_ingester.store.submissions import Accepted, LogsOfFile, Refused

CONDEMNED = Rejection(Reason.KILLS_WORKER, "workers died over this file again and again, although it was alone")


@dataclass(slots=True)
class Batch:
    """What became of an order's files so far."""

    accepted: list[Accepted] = field(default_factory=list)
    refused: list[Refused] = field(default_factory=list)
    vanished: int = 0


class Reader:
    """Reads files out of a worker's folder; one that is unfit never keeps the others back."""

    def __init__(self, folder: Path, *, max_bytes: int, log_threshold: int) -> None:
        self._folder = folder
        self._max_bytes = max_bytes
        self._log_threshold = log_threshold

    async def read(self, names: Sequence[str], trees: TreeNames, redactor: Redactor | None = None) -> Batch:
        """Read and judge files, without people who were forgotten; between two of them others get a turn.

        Raises:
            OSError: the machine or the file system is at fault.
        """
        batch = Batch()
        for name in names:
            self._read(name, trees, redactor, batch)
            await asyncio.sleep(0)
        return batch

    def condemn(self, names: Sequence[str]) -> Batch:
        """Refuse files without a look at them."""
        return Batch(refused=[Refused(name, self._written(name), CONDEMNED, "") for name in names])

    def _read(self, name: str, trees: TreeNames, redactor: Redactor | None, batch: Batch) -> None:
        data = b""
        try:
            written = self._written(name)
            data = read_file(self._folder / name, max_bytes=self._max_bytes)
            if redactor is not None and (changed := redacted(data, redactor)) is not None:
                replace_content(self._folder / name, changed)
                data = changed
            submission = parse_submission(data, trees=trees)
            batch.accepted.append(Accepted(name, written, submission, LogsOfFile(submission, self._log_threshold)))
        except (Vanished, FileNotFoundError):
            batch.vanished += 1
        except Rejected as error:
            batch.refused.append(Refused(name, written, error.rejection, _digest(data)))
        except OSError:
            raise
        except Exception as error:  # noqa: BLE001  (whatever a file does to us, it does to itself alone)
            rejection = Rejection(Reason.INTERNAL, shortened(sentence(error)))
            batch.refused.append(Refused(name, written, rejection, _digest(data)))

    def _written(self, name: str) -> int:
        """Return when the file was written, in milliseconds; a clock that is ahead of ours does not count."""
        now = time.time_ns()
        with suppress(FileNotFoundError):
            now = min(now, os.lstat(self._folder / name).st_mtime_ns)
        return now // 1_000_000


def _digest(data: bytes) -> str:
    return sha256(data).hexdigest() if data else ""
