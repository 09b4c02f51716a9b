"""The same archive read by others, in the same run."""
# ruff: noqa: S603  (a Python that the operator named)

import email
import gzip
import json
import mailbox
import shutil
import subprocess
import time
from pathlib import Path
from typing import Final

from bdc_devkit.errors import StackError

_GZIP: Final = b"\x1f\x8b"
# Its imports and its start are left out, as ours are.
_PERCEVAL: Final = """
import json, logging, sys, time, warnings
from perceval.backends.core.mbox import MBox
logging.disable(); warnings.simplefilter("ignore")
began = time.perf_counter()
n = sum(1 for _ in MBox(uri="bench", dirpath=sys.argv[1]).fetch())
print(json.dumps([n, time.perf_counter() - began]))
"""


class Peers:
    """Other readers of an mbox; `folder` becomes one that holds it alone, uncompressed."""

    def __init__(self, archive: Path, folder: Path) -> None:
        folder.mkdir()
        self._folder = folder
        self._mbox = folder / "archive.mbox"
        with archive.open("rb") as file:
            compressed = file.read(len(_GZIP)) == _GZIP
        if compressed:
            with gzip.open(archive) as source, self._mbox.open("wb") as target:
                shutil.copyfileobj(source, target)
        else:
            self._mbox.symlink_to(archive.resolve())

    def compared(self, per_second: float, perceval: Path | None) -> dict[str, float]:
        """Return the rates of the others, and `per_second` over them."""
        stdlib = self._stdlib()
        found = {"stdlib_per_second": round(stdlib, 1), "stdlib_ratio": round(per_second / stdlib, 3)}
        if perceval is not None:
            n, seconds = self._perceval(perceval)
            rate = n / seconds
            ratio = {"perceval_per_second": round(rate, 1), "perceval_ratio": round(per_second / rate, 3)}
            found |= {"perceval_n": n, **ratio}
        return found

    def _stdlib(self) -> float:
        """Return how many messages a second the standard library alone parses and decodes; it keeps nothing."""
        began, n = time.perf_counter(), 0
        box = mailbox.mbox(self._mbox, create=False)
        for key in box.keys():  # noqa: SIM118  (a mailbox's values are parsed otherwise)
            message = email.message_from_bytes(box.get_bytes(key))
            for part in message.walk():
                if not part.is_multipart():
                    part.get_payload(decode=True)
            n += 1
        return n / (time.perf_counter() - began)

    def _perceval(self, python: Path) -> tuple[int, float]:
        """Return how many messages Perceval gives, and in how many seconds."""
        command = [str(python), "-c", _PERCEVAL, str(self._folder)]
        ran = subprocess.run(command, capture_output=True, text=True, check=False)
        if ran.returncode:
            why = ran.stderr.strip().rpartition("\n")[2]
            raise StackError(f"{python} could not run Perceval: {why}; install the package perceval for it")
        n, seconds = json.loads(ran.stdout)
        return n, seconds
