"""`cli.md`: every command of `bdc` and of the services, from their own help."""

from collections.abc import Iterator

import click
from bdc_chassis.service import Service

HEAD = """# Command line

Exit codes: 0 succeeded, 1 failed or partial, 2 wrong use or configuration. Every listing takes `--json`.
"""


def page(bdc: click.Command, services: list[tuple[Service, click.Command]]) -> str:
    """Return the page as Markdown."""
    parts = [HEAD, "## bdc\n", *_commands(bdc, "bdc")]
    for service, command in services:
        parts += [f"## bdc-{service.name}\n", *_commands(command, f"bdc-{service.name}")]
    return "\n".join(parts)


def _commands(command: click.Command, path: str) -> Iterator[str]:
    if isinstance(command, click.Group):
        for name, child in sorted(command.commands.items()):
            yield from _commands(child, f"{path} {name}")
        return
    if command.hidden:
        return
    options = [_parameter(parameter) for parameter in command.params if parameter.name != "help"]
    yield f"### `{path}`\n\n{(command.help or '').strip()}\n"
    if options:
        yield "\n".join(["| option | meaning |", "| --- | --- |", *options, ""])


def _parameter(parameter: click.Parameter) -> str:
    if isinstance(parameter, click.Argument):
        return f"| `{(parameter.metavar or parameter.name or '').upper()}` | {getattr(parameter, 'help', None) or ''} |"
    names = ", ".join(f"`{name}`" for name in (*parameter.opts, *parameter.secondary_opts))
    return f"| {names} | {getattr(parameter, 'help', None) or ''} |"
