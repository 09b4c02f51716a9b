"""Forgotten people out of the files that the spool keeps: archived ones, failed ones and the reasons of these."""

from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Final

import orjson
from bdc_chassis.forgetting import Redactor

from bdc_ingester.file_names import SUFFIX
from bdc_ingester.folders import replace_content
from bdc_ingester.source import Reason, Rejected, Vanished, read_file
from bdc_ingester.spool import Spool

# As it is, and as JSON may write it.
_AT_SIGNS: Final = (b"@", b"\\u0040")


def erase_files(spool: Spool, redactor: Redactor, *, max_bytes: int) -> Mapping[str, int]:
    """Take forgotten people out of every kept file that names them, and return how many files those were.

    Of what is larger than `max_bytes`, and so was never read, it returns how much there is.
    """
    counts: Counter[str] = Counter()
    for path in _kept(spool):
        try:
            changed = redacted(read_file(path, max_bytes=max_bytes), redactor)
        except Vanished:
            continue
        except Rejected as error:
            counts["files_not_searched"] += error.rejection.reason in {Reason.TOO_LARGE, Reason.UNREADABLE}
            continue
        if changed is not None:
            replace_content(path, changed)
            counts["files"] += 1
    return counts


def redacted(data: bytes, redactor: Redactor) -> bytes | None:
    """Return a file's content without forgotten people, None where it does not name them."""
    if not any(sign in data for sign in _AT_SIGNS):
        return None
    try:
        value = orjson.loads(data)
    except orjson.JSONDecodeError:
        text = data.decode(errors="surrogateescape")
        changed = redactor.text(text)
        return None if changed == text else changed.encode(errors="surrogateescape")
    without = redactor.without(value)
    return None if without == value else orjson.dumps(without)


def _kept(spool: Spool) -> Iterator[Path]:
    yield from spool.archive.rglob(f"*{SUFFIX}")
    yield from spool.failed.glob(f"*{SUFFIX}")
