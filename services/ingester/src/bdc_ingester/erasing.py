"""Forgotten people out of the files that the spool keeps: archived ones, failed ones and the reasons of these."""

import asyncio
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Final

import orjson
from bdc_chassis.errors import TimedOut
from bdc_chassis.forgetting import Redactor

from bdc_ingester.file_names import SUFFIX
from bdc_ingester.folders import replace_content
from bdc_ingester.source import Reason, Rejected, Vanished, read_file
from bdc_ingester.spool import Spool

CLAIMED_SECONDS: Final = 20.0
LOOK_SECONDS: Final = 0.05

# As it is, and as JSON may write it.
_AT_SIGNS: Final = (b"@", b"\\u0040")


async def wait_for_claims(spool: Spool, *, seconds: float = CLAIMED_SECONDS) -> None:
    """Wait until what workers have in hand now has left it: they may have read it before they knew whom to forget.

    Raises:
        TimedOut: a worker does not come forward, as when the database is away.
    """
    in_hand = _claimed(spool)
    try:
        async with asyncio.timeout(seconds):
            while in_hand := in_hand & _claimed(spool):  # noqa: ASYNC110
                await asyncio.sleep(LOOK_SECONDS)  # the file system tells nobody
    except TimeoutError:
        raise TimedOut(f"{len(in_hand):,} files are still claimed by workers: forgetting waits for them") from None


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


def _claimed(spool: Spool) -> set[tuple[str, int]]:
    found: set[tuple[str, int]] = set()
    for path in spool.claims.glob(f"*/*{SUFFIX}"):
        with suppress(FileNotFoundError):
            found.add((str(path), path.lstat().st_ino))
    return found


def _kept(spool: Spool) -> Iterator[Path]:
    yield from spool.archive.rglob(f"*{SUFFIX}")
    yield from spool.failed.glob(f"*{SUFFIX}")
