"""A history's names and addresses out of a CSV file, whatever state that is in."""

import csv
import gzip
import zlib
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Final

from bdc_chassis.errors import ValidationFailed

from bdc_devkit.bench.identity.judgement import Judged

LONGEST_FIELD: Final = 2**31 - 1  # characters
_COLUMNS: Final = ("name", "email")


def read_history(path: Path) -> Iterator[Judged]:
    """Yield the rows of `path`, plain or gzipped: columns in any order, further ones ignored, bad UTF-8 replaced.

    Raises:
        ValidationFailed: a column is missing, or the file ends in the middle of its compression.
    """
    with path.open("rb") as file:
        compressed = file.read(2) == b"\x1f\x8b"
    opened = gzip.open if compressed else open
    csv.field_size_limit(LONGEST_FIELD)
    with opened(path, "rt", encoding="utf-8-sig", errors="replace", newline="") as lines:
        try:
            yield from _rows(lines, path)
        except (EOFError, gzip.BadGzipFile, zlib.error, csv.Error) as error:
            raise ValidationFailed(f"{path} can not be read to its end ({error}): get the file again.") from error


def _rows(lines: Iterable[str], path: Path) -> Iterator[Judged]:
    table = csv.reader(lines)
    header = [title.strip().lower() for title in next(table, _COLUMNS)]
    if missing := [title for title in _COLUMNS if title not in header]:
        found = ", ".join(header)[:200]
        raise ValidationFailed(f"{path} has no column `{missing[0]}`, but {found!r}: the first line names the columns.")
    for values in table:
        if values:
            yield _row(dict(zip(header, values, strict=False)))


def _row(row: dict[str, str]) -> Judged:
    judged = row.get("curated", "").strip().lower() not in {"0", "false"}
    # Maps write some addresses in several cases, which are one address.
    truth = row.get("person_email", "").strip().lower() if judged else ""
    return Judged(row.get("name", ""), row.get("email", ""), truth or None)
