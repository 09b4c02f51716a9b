"""The sequence of the ingester that this one replaces, as it is known to work, on the same files and database.

Its workers, as many as ours, share the files evenly. They parse each with the standard library, validate and upgrade
it with the schema's own library, collect rows, write them with one upsert a row in which the first value of a column
stays, and move the files. The tables have the keys and the indexes that ours have. It is kinder than the original:
there is no object-relational mapper, no further index and no table of what is to be counted, the driver sends the rows
of a table without waiting for each, and neither the start of processes nor its pauses are measured.
"""

import asyncio
import json
import os
import time
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from multiprocessing import get_context
from pathlib import Path
from shutil import copyfile
from typing import Any, Final

import asyncpg
from bdc_chassis.settings import ChassisSettings

KINDS: Final = ("issues", "checkouts", "builds", "tests", "incidents")
_SCHEMA: Final = "reference"
_NESTED: Final = {"environment", "number", "culprit"}


@dataclass(frozen=True, slots=True)
class Measured:
    """Files and distinct objects in a time."""

    files: int
    objects: int
    seconds: float

    @property
    def files_per_second(self) -> float:
        """The rate of files."""
        return self.files / self.seconds

    @property
    def objects_per_second(self) -> float:
        """The rate of distinct objects."""
        return self.objects / self.seconds


async def measure(files: Sequence[Path], settings: ChassisSettings, folder: Path, *, workers: int) -> Measured:
    """Take the files in as the reference does; its processes have loaded everything before the clock runs."""
    spool, archive = folder / "spool", folder / "archive"
    for each in (spool, archive):
        each.mkdir(parents=True)
    for file in files:
        copyfile(file, spool / file.name)
    os.sync()
    connection = await asyncpg.connect(settings.database_url)
    try:
        await _create_tables(connection)
        names = [str(spool / file.name) for file in files]
        shares = [names[worker::workers] for worker in range(workers)]
        seconds = await _work(shares, settings.database_url, str(archive))
        counts = [await connection.fetchval(f"SELECT count(*) FROM {_SCHEMA}.{kind}") for kind in KINDS]
    finally:
        await connection.close()
    return Measured(sum(1 for _ in archive.iterdir()), sum(counts), seconds)


async def _work(shares: Sequence[list[str]], url: str, archive: str) -> float:
    loop = asyncio.get_running_loop()
    with ProcessPoolExecutor(len(shares), mp_context=get_context("spawn")) as pool:
        await asyncio.gather(*(loop.run_in_executor(pool, _warm) for _ in range(len(shares) * 4)))
        began = time.perf_counter()
        await asyncio.gather(*(loop.run_in_executor(pool, ingest, share, url, archive) for share in shares))
        return time.perf_counter() - began


def _warm() -> None:
    """Have the library imported and its validator made."""
    from kcidb_io.schema import V5_3  # noqa: PLC0415  (GPL: only where the reference is measured)

    V5_3.validate({"version": {"major": 5, "minor": 3}})
    time.sleep(0.05)  # so that every process of the pool gets one of these


def ingest(files: Sequence[str], url: str, archive: str) -> None:
    """Do what one worker does with its files."""
    from kcidb_io.schema import V5_3  # noqa: PLC0415

    rows: dict[str, list[dict[str, Any]]] = {kind: [] for kind in KINDS}
    taken: list[str] = []
    for file in files:
        try:
            with open(file) as stream:  # noqa: PTH123  (as it does)
                document = json.load(stream)
            V5_3.validate(document)
            document = V5_3.upgrade(document)
        except Exception:  # noqa: BLE001, S112  (it moves such a file to another folder)
            continue
        for kind in KINDS:
            rows[kind] += [_flat(item) for item in document.get(kind, ())]
        taken.append(file)
    asyncio.run(_flush(rows, url))
    for file in taken:
        Path(file).rename(Path(archive) / Path(file).name)


def _flat(item: dict[str, Any]) -> dict[str, Any]:
    flat: dict[str, Any] = {}
    for name, value in item.items():
        if name in _NESTED:
            flat |= {f"{name}_{inner}": each for inner, each in value.items()}
        else:
            flat[name] = value
    return flat


async def _flush(rows: dict[str, list[dict[str, Any]]], url: str) -> None:
    connection = await asyncpg.connect(url)
    try:
        async with connection.transaction():
            for kind in KINDS:
                found = sorted(rows[kind], key=lambda row: str(row["id"]))
                await connection.executemany(
                    _upsert(kind, _COLUMNS[kind].split()), [_values(kind, row) for row in found]
                )
    finally:
        await connection.close()


_COLUMNS: Final = {
    "issues": "id origin version report_url report_subject culprit_code culprit_tool culprit_harness comment misc "
    "categories",
    "checkouts": "id origin tree_name git_repository_url git_commit_hash git_commit_name git_repository_branch "
    "git_commit_tags git_commit_message git_repository_branch_tip patchset_files patchset_hash message_id "
    "comment start_time log_url log_excerpt valid misc",
    "builds": "id origin checkout_id comment start_time duration architecture command compiler input_files "
    "output_files config_name config_url log_url log_excerpt status misc",
    "tests": "id origin build_id environment_comment environment_compatible environment_misc path comment log_url "
    "log_excerpt status start_time duration input_files output_files number_value number_unit misc",
    "incidents": "id origin issue_id issue_version build_id test_id comment present misc",
}
_JSON: Final = frozenset(
    {
        *("misc", "environment_misc", "environment_compatible", "input_files", "output_files", "categories"),
        *("patchset_files", "git_commit_tags"),
    }
)

_INDEXES: Final = {
    "checkouts": "git_commit_hash",
    "builds": "checkout_id",
    "tests": "build_id",
    "incidents": "issue_id, issue_version",
}


async def _create_tables(connection: "asyncpg.Connection[Any]") -> None:
    await connection.execute(f"CREATE SCHEMA {_SCHEMA}")
    for kind, columns in _COLUMNS.items():
        types = ", ".join(f"{name} {'jsonb' if name in _JSON else 'text'}" for name in columns.split())
        await connection.execute(f"CREATE TABLE {_SCHEMA}.{kind} ({types}, PRIMARY KEY (id))")
    for kind, names in _INDEXES.items():
        await connection.execute(f"CREATE INDEX ON {_SCHEMA}.{kind} ({names})")


def _upsert(kind: str, names: Sequence[str]) -> str:
    kept = ", ".join(f"{name} = coalesce(t.{name}, excluded.{name})" for name in names if name != "id")
    places = ", ".join(f"${number}" for number in range(1, len(names) + 1))
    return (
        f"INSERT INTO {_SCHEMA}.{kind} AS t ({', '.join(names)}) VALUES ({places}) "
        f"ON CONFLICT (id) DO UPDATE SET {kept}"
    )


def _values(kind: str, row: dict[str, Any]) -> list[str | None]:
    return [_text(name, row.get(name)) for name in _COLUMNS[kind].split()]


def _text(name: str, value: Any) -> str | None:
    if value is None:
        return None
    if name in _JSON:
        return json.dumps(value)
    return value if isinstance(value, str) else str(value)
