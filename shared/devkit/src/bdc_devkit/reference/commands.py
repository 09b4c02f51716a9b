"""`cli.md`: every command of `bdc` and of the services, from their own help."""

from collections.abc import Iterator
from typing import Any

import typer
from bdc_chassis.service import Service

HEAD = """# Command line

Exit codes: 0 succeeded, 1 failed or partial, 2 wrong use or configuration. Every listing takes `--json`.
"""


def page(bdc: typer.Typer, services: list[tuple[Service, typer.Typer]]) -> str:
    """Return the page as Markdown."""
    parts = [HEAD, "## bdc\n", *_commands(typer.main.get_command(bdc), "bdc")]
    for service, app in services:
        name = f"bdc-{service.name}"
        parts += [f"## {name}\n", *_commands(typer.main.get_command(app), name)]
    return "\n".join(parts)


# Typer ships Click inside itself without public names for its classes, hence Any.
def _commands(command: Any, path: str) -> Iterator[str]:
    if command.hidden:
        return
    if hasattr(command, "commands"):
        for name, child in sorted(command.commands.items()):
            yield from _commands(child, f"{path} {name}")
        return
    options = [_parameter(parameter) for parameter in command.params if parameter.name != "help"]
    yield f"### `{path}`\n\n{(command.help or '').strip()}\n"
    if options:
        yield "\n".join(["| option | meaning |", "| --- | --- |", *options, ""])


def _parameter(parameter: Any) -> str:
    if parameter.param_type_name == "argument":
        names = f"`{(parameter.metavar or parameter.name).upper()}`"
    else:
        names = ", ".join(f"`{name}`" for name in (*parameter.opts, *parameter.secondary_opts))
    return f"| {names} | {(getattr(parameter, 'help', None) or '').replace('|', '&#124;')} |"
