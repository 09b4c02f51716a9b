"""Results on standard output: lines for people, `--json` for programs."""

import json
from typing import TYPE_CHECKING, Annotated, Any, TypeAlias

import typer

if TYPE_CHECKING:
    from bdc_chassis.collect import RunReport

JsonFlag: TypeAlias = Annotated[bool, typer.Option("--json", help="Print one JSON object.")]


def print_result(result: dict[str, Any], *, as_json: bool) -> None:
    """Print a result, a line per name."""
    if as_json:
        typer.echo(json.dumps(result, default=str))
        return
    for name, value in result.items():
        typer.echo(f"{name}: {value}")


def print_report(report: "RunReport", *, as_json: bool) -> None:
    """Print how a run ended, a line per partition; what went wrong goes to standard error."""
    if as_json:
        print_result(report.to_dict(), as_json=True)
        return
    for each in report.partitions:
        counts = ", ".join(f"{number:,} {what}" for what, number in sorted(each.counts.items())) or "nothing new"
        typer.echo(f"{each.partition}: {each.outcome.value}, {counts} in {each.seconds:.1f} s")
        if each.error:
            typer.echo(f"bdc-{report.collector}: {each.partition}: {each.error}", err=True)
