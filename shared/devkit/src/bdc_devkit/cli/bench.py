"""`bdc bench`: benchmarks on servers of their own."""

import asyncio
import importlib
import pkgutil
import sys
from pathlib import Path
from statistics import median
from typing import Annotated

import typer
from bdc_chassis.errors import ConfigurationError

import bdc_devkit.bench
from bdc_devkit.bench import BenchContext, BenchResult
from bdc_devkit.cli.conventions import Json, print_json

PANEL = "Operate"
PARTS = {"context", "meter", "result", "stored", "tree"}


def command(
    name: Annotated[str, typer.Argument(help="Which one; without it, list them.")] = "",
    *,
    input: Annotated[Path | None, typer.Option("--input", help="What to work on.")] = None,  # noqa: A002
    output: Annotated[Path | None, typer.Option("--output", help="Where to write details, if there are any.")] = None,
    count: Annotated[int | None, typer.Option("--count", min=1, help="How much to make where none is given.")] = None,
    rounds: Annotated[int, typer.Option(min=1, help="Repeat and give the round with the median rate.")] = 1,
    perceval: Annotated[
        Path | None, typer.Option(help="A Python that has the package perceval, for `mail` to compare with.")
    ] = None,
    json: Json = False,
) -> None:
    """Measure one of the bars: `bdc bench bus --json`."""
    if not name:
        names = benchmarks()
        print_json(names) if json else sys.stdout.write("\n".join(names) + "\n")
        return
    if name not in benchmarks():
        raise ConfigurationError(f"There is no benchmark {name!r}: choose from {', '.join(benchmarks())}")
    if input is not None and not input.exists():
        raise ConfigurationError(f"--input {input} does not exist")
    results = [_run(name, BenchContext(input, output, count, perceval)) for _ in range(rounds)]
    middle = median(result.per_second for result in results)
    result = min(results, key=lambda each: abs(each.per_second - middle))
    if json:
        print_json({**result.to_dict(), **({"rounds": [r.to_dict() for r in results]} if rounds > 1 else {})})
    else:
        sys.stdout.write("\n".join(f"{key}: {value}" for key, value in result.to_dict().items()) + "\n")


def benchmarks() -> list[str]:
    """Return the names of all benchmarks."""
    return sorted(module.name for module in pkgutil.iter_modules(bdc_devkit.bench.__path__) if module.name not in PARTS)


def _run(name: str, context: BenchContext) -> BenchResult:
    module = importlib.import_module(f"bdc_devkit.bench.{name}")
    with context:
        result: BenchResult = asyncio.run(module.run(context))
    return result
