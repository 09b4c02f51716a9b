"""`retry` and `requeue`: files that go back to those that wait."""

from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Annotated, Any, TypeAlias

import typer
from bdc_chassis.cli.output import JsonFlag
from bdc_chassis.errors import BdcError

from bdc_ingester.commands.options import SpoolDir, open_spool, print_files
from bdc_ingester.commands.status import failure
from bdc_ingester.file_names import SUFFIX, file_name, is_reason
from bdc_ingester.rejection import Reason
from bdc_ingester.settings import IngesterSettings
from bdc_ingester.spool import Spool

Ids: TypeAlias = Annotated[
    list[str] | None, typer.Argument(metavar="[ID]...", help="Ids of submissions, or names of their files.")
]
All: TypeAlias = Annotated[bool, typer.Option("--all", help="All there are.")]


def retry(
    settings: IngesterSettings,
    ids: Ids = None,
    *,
    every: All = False,
    reason: Annotated[Reason | None, typer.Option(help="With --all: only those that failed for this reason.")] = None,
    spool_dir: SpoolDir = None,
    as_json: JsonFlag = False,
) -> None:
    """Let failed submissions, and those that an older ingester has put aside, be tried again."""
    spool = open_spool(settings, spool_dir)
    places = (spool.failed, spool.pending_retry)
    chosen = _failed(spool, reason) if every else _named(ids, lambda name: (place / name for place in places))
    _put_back(spool, chosen, "retried", as_json=as_json)


def requeue(
    settings: IngesterSettings,
    ids: Ids = None,
    *,
    every: All = False,
    spool_dir: SpoolDir = None,
    as_json: JsonFlag = False,
) -> None:
    """Let archived submissions be taken in again, as after the database was restored from an older backup."""
    spool = open_spool(settings, spool_dir)
    chosen = spool.archive.rglob(f"*{SUFFIX}") if every else _named(ids, spool.archived)
    _put_back(spool, chosen, "requeued", as_json=as_json)


def _failed(spool: Spool, reason: Reason | None) -> Iterator[Path]:
    for path in spool.failed.glob(f"*{SUFFIX}"):
        if not is_reason(path.name) and reason in {None, failure(spool, path.name).get("reason")}:
            yield path
    if reason is None:
        yield from spool.pending_retry.glob(f"*{SUFFIX}")


def _named(ids: list[str] | None, places: Callable[[str], Iterable[Path]]) -> Iterator[Path]:
    """Return for each id the place where its file is, or the first where it should be.

    Raises:
        typer.BadParameter: there are no ids.
    """
    if not ids:
        raise typer.BadParameter("name submissions, or take --all")
    for identity in ids:
        candidates = list(places(file_name(identity)))
        yield next((path for path in candidates if path.exists()), candidates[0])


def _put_back(spool: Spool, chosen: Iterable[Path], key: str, *, as_json: bool) -> None:
    done: list[dict[str, Any]] = []
    problems: list[str] = []
    for path in list(chosen):
        try:
            spool.put_back(path)
        except FileNotFoundError:
            problems.append(f"{path.name} is not in {path.parent}: `bdc-ingester status` says where it is")
        except BdcError as error:
            problems.append(str(error))
        else:
            done.append({"name": path.name})
    print_files(key, done, problems, as_json=as_json)
