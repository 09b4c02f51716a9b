"""A mail archive, parsed and published until every message is acknowledged.

`n` counts every message of the archive, `distinct` those that the bus then holds: byte-identical copies are one fact.
`stdlib_ratio` is the rate over that of the standard library's parser alone on the same messages in the same run.
"""

import gzip
import time
from collections.abc import Iterator
from email.parser import BytesParser
from email.policy import compat32
from importlib.metadata import entry_points
from itertools import islice
from pathlib import Path
from typing import BinaryIO, cast

from bdc_chassis.bus import Bus, connect
from bdc_chassis.bus.provision import provision
from bdc_chassis.collect import run_collector
from bdc_chassis.service import Service
from bdc_contracts import MessageArchived
from bdc_contracts.streams import FACTS

from bdc_devkit.bench.context import BenchContext
from bdc_devkit.bench.meter import Meter
from bdc_devkit.bench.result import BenchResult
from bdc_devkit.errors import StackError

LIST = "bench@lists.example.org"
MADE_MESSAGES = 20_000
COMPARED_MESSAGES = 5_000


async def run(context: BenchContext) -> BenchResult:
    """Collect the archive with the mailing service's own collector against a fresh server."""
    archive = context.input or _made(context.directory / "made.mbox")
    service: Service = entry_points(group="bdc.services")["mailing"].load()
    if service.collector is None:
        raise StackError("the mailing service has no collector: this checkout is older than the benchmark")
    settings = context.settings(service.settings)
    collector = service.collector(settings, lists=[LIST], archives=[str(archive)])
    async with await connect(settings, name="bench-mail") as bus:
        await provision(bus.js)
        with Meter() as meter:
            report = await run_collector(collector, bus, settings)
        if report.exit_code:
            raise StackError("; ".join(each.error for each in report.partitions if each.error))
        distinct = await _stored(bus)
    n = report.counts.get("messages", 0)
    extra: dict[str, float] = {"distinct": distinct, "duplicates": n - distinct}
    if archive.is_file() and n:
        extra |= _compared(archive, n / meter.seconds)
    return meter.result("mail", n, **extra)


async def _stored(bus: Bus) -> int:
    subject = MessageArchived.subscription()
    info = await bus.js.stream_info(FACTS.name, subjects_filter=subject)
    return (info.state.subjects or {}).get(subject, 0)


def _compared(archive: Path, per_second: float) -> dict[str, float]:
    parser = BytesParser(policy=compat32)
    messages = list(islice(_split(archive), COMPARED_MESSAGES))
    began = time.perf_counter()
    for message in messages:
        parser.parsebytes(message)
    stdlib = len(messages) / (time.perf_counter() - began)
    return {"stdlib_per_second": round(stdlib, 1), "stdlib_ratio": round(per_second / stdlib, 3)}


def _split(archive: Path) -> Iterator[bytes]:
    """Yield the messages of a well-formed mbox, as simply as can be."""
    lines: list[bytes] = []
    with archive.open("rb") as file:
        compressed = file.read(2) == b"\x1f\x8b"
        file.seek(0)
        stream = cast("BinaryIO", gzip.GzipFile(fileobj=file)) if compressed else file
        for line in stream:
            if line.startswith(b"From ") and (not lines or lines[-1] in {b"\n", b"\r\n"}):
                if lines:
                    yield b"".join(lines)
                lines = []
            else:
                lines.append(line)
    if lines:
        yield b"".join(lines)


def _made(path: Path) -> Path:
    """Write an archive such as a busy list gives in some years."""
    quoted = "".join(f"> line {number} of what somebody else wrote before\n" for number in range(20))
    own = "".join(f"Line {number} of the answer, neither short nor long.\n" for number in range(40))
    with path.open("w", encoding="utf-8") as file:
        for number in range(MADE_MESSAGES):
            author, thread, second = number % 500, number // 5 * 5, number % 60
            date = f"Mon, 05 Jan 2004 10:00:{second:02} +0000"
            head = (
                f"From p{author}@example.org Mon Jan  5 10:00:00 2004",
                f"Received: from a.example.org by b.example.org; {date}",
                f"Message-ID: <{number}@example.org>",
                f"References: <{thread}@example.org>",
                f"From: =?utf-8?q?P=C3=A9ter_{author}?= <p{author}@example.org>",
                f"To: {LIST}",
                f"Subject: Re: [bench] Subject {thread}",
                f"Date: {date}",
                "MIME-Version: 1.0",
                "Content-Type: text/plain; charset=utf-8",
            )
            file.write("\n".join(head) + f"\n\nSomebody wrote:\n{quoted}\n{own}\n-- \nP\u00e9ter {author}\n\n")
    return path
