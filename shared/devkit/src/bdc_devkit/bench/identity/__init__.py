"""Who is who among names and addresses: how fast, and how right where the truth is known.

The input has the columns `name,email[,commits,curated,person_email]`, plain or gzipped. Where it has `person_email`,
rows with `curated` other than 0 are judged pair by pair, and every wrong pair goes to the `--output` file. Without
input a million profiles are made (`--count`).
"""

import csv
import gzip
import importlib
import io
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, Final

from bdc_devkit.bench.context import BenchContext
from bdc_devkit.bench.identity.judgement import Judged, judge, wrong_pairs
from bdc_devkit.bench.identity.made import people
from bdc_devkit.bench.result import BenchResult
from bdc_devkit.bench.tree import TreeMeter

PROFILES: Final = 1_000_000
FORKED: Final = 50_000  # rows from which on a second process is worth its start


async def run(context: BenchContext) -> BenchResult:
    """Resolve all rows at once, cold."""
    rows = _read(context.input) if context.input else None
    count = len(rows) if rows is not None else context.count or PROFILES
    seen = ((row.name, row.email) for row in rows) if rows is not None else _made(count)
    rules = _of_the_service("addresses").load_address_rules()
    with TreeMeter() as meter:
        found = _of_the_service("cold").resolve_rows(seen, rules, fork=count >= FORKED)
    truth = rows if rows is not None else [Judged("", "", each.person) for each in people(count)]
    extra: dict[str, Any] = {"people": len(set(found.person_of)), "candidates": len(found.candidates)}
    if any(row.person is not None for row in truth):
        extra |= judge(truth, found)
        if rows is not None:
            details = context.output or Path(tempfile.gettempdir()) / f"{_stem(context.input)}-wrong-pairs.csv"
            extra |= {"wrong_pairs": _write(details, list(wrong_pairs(truth, found))), "written": str(details)}
    return meter.result("identity", len(found.person_of), **extra)


def _of_the_service(module: str) -> Any:
    """Return a module of the service; services are plug-ins of this package, which knows them by name alone."""
    return importlib.import_module(f"bdc_identity.{module}")


def _made(count: int) -> Iterator[tuple[str, str]]:
    return ((each.name, each.email) for each in people(count))


def _read(path: Path) -> list[Judged]:
    raw = path.read_bytes()
    text = (gzip.decompress(raw) if raw.startswith(b"\x1f\x8b") else raw).decode("utf-8-sig")
    return [_row(row) for row in csv.DictReader(io.StringIO(text, newline=""))]


def _row(row: dict[str, str]) -> Judged:
    truth = row.get("person_email") if row.get("curated", "1") != "0" else None
    # Maps write some addresses in several cases, which are one address.
    return Judged(row["name"], row["email"], truth.lower() if truth else None)


def _stem(path: Path | None) -> str:
    return path.name.partition(".")[0] if path else "made"


def _write(path: Path, pairs: Sequence[tuple[str, ...]]) -> int:
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(("error", "left_name", "left_email", "right_name", "right_email"))
        writer.writerows(pairs)
    return len(pairs)
