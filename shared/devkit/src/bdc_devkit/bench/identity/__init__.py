"""Who is who among names and addresses: how fast, and how right where the truth is known.

The input has the columns `name,email[,commits,curated,person_email]`, plain or gzipped. Where it has `person_email`,
rows with `curated` other than 0 are judged pair by pair, and every wrong pair goes to the `--output` file. Without
input a million profiles are made (`--count`).
"""

import csv
import importlib
import tempfile
from collections.abc import Iterable
from pathlib import Path
from typing import Any, Final

from bdc_devkit.bench.context import BenchContext
from bdc_devkit.bench.identity.history import read_history
from bdc_devkit.bench.identity.judgement import judge, wrong_pairs
from bdc_devkit.bench.identity.made import people
from bdc_devkit.bench.result import BenchResult
from bdc_devkit.bench.tree import TreeMeter

PROFILES: Final = 1_000_000
FORKED: Final = 50_000  # rows from which on a second process is worth its start


async def run(context: BenchContext) -> BenchResult:
    """Resolve all rows at once, cold."""
    source = context.input or _made(context.directory / "made.csv", context.count or PROFILES)
    rules = _of_the_service("addresses").load_address_rules()
    fork = sum(1 for _ in read_history(source)) >= FORKED
    with TreeMeter() as meter:
        found = _of_the_service("cold").resolve_rows(
            ((row.name, row.email) for row in read_history(source)), rules, fork=fork
        )
    rows = list(read_history(source))
    extra: dict[str, Any] = {"people": len(set(found.person_of)), "candidates": len(found.candidates)}
    if any(row.person is not None for row in rows):
        extra |= judge(rows, found)
        details = context.output or Path(tempfile.gettempdir()) / f"{source.name.partition('.')[0]}-wrong-pairs.csv"
        extra |= {"wrong_pairs": _write(details, wrong_pairs(rows, found)), "written": str(details)}
    return meter.result("identity", len(found.person_of), **extra)


def _of_the_service(module: str) -> Any:
    """Return a module of the service; services are plug-ins of this package, which knows them by name alone."""
    return importlib.import_module(f"bdc_identity.{module}")


def _made(path: Path, count: int) -> Path:
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(("name", "email", "person_email"))
        writer.writerows((seen.name, seen.email, seen.person) for seen in people(count))
    return path


def _write(path: Path, pairs: Iterable[tuple[str, ...]]) -> int:
    count = 0
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(("error", "left_name", "left_email", "right_name", "right_email"))
        for pair in pairs:
            writer.writerow(pair)
            count += 1
    return count
