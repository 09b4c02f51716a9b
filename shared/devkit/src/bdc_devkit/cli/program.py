"""The `bdc` command line: one module per command or group, one boundary for errors."""

import importlib
import os
import sys
from collections.abc import Sequence
from types import ModuleType

import typer
from bdc_chassis.cli import exit_code, explain
from bdc_chassis.logging import debugging

EXIT_INTERRUPTED = 130

COMMANDS = (
    *("up", "down", "demo", "collect", "collectors", "status", "doctor", "search", "people"),
    *("replay", "dlq", "events", "runs", "contracts", "bench", "state-digest"),
)
"""Each is a module here, which defines either `command` and its `PANEL` or a group's `app`."""

HIDDEN = ("state-digest",)


def build_app(names: Sequence[str] = COMMANDS) -> typer.Typer:
    """Return the Typer app with these commands; each costs the import of what it needs."""
    app = typer.Typer(
        name="bdc",
        help="Boost Data Collector: run it, feed it, look into it.",
        no_args_is_help=True,
        pretty_exceptions_enable=False,
        add_completion=False,
    )
    app.callback()(_bdc)
    for name in names:
        _add(app, name, importlib.import_module(f"bdc_devkit.cli.{name.replace('-', '_')}"))
    return app


def main() -> None:
    """Run `bdc`; every error is one sentence on standard error, without secrets, and an exit code."""
    wanted = [name for name in sys.argv[1:2] if name in COMMANDS]
    try:
        build_app(wanted or COMMANDS)()
    except KeyboardInterrupt:
        sys.exit(EXIT_INTERRUPTED)
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # the interpreter flushes once more at its end
        sys.exit(EXIT_INTERRUPTED)
    except Exception as error:
        if debugging():
            raise
        sys.stderr.write(f"{explain(error)}\n")
        sys.exit(exit_code(error))


def _bdc() -> None:
    """Boost Data Collector: run it, feed it, look into it."""


def _add(app: typer.Typer, name: str, module: ModuleType) -> None:
    if hasattr(module, "command"):
        settings = getattr(module, "CONTEXT", {})
        panel = module.PANEL
        app.command(name, rich_help_panel=panel, hidden=name in HIDDEN, context_settings=settings)(module.command)
    else:
        app.add_typer(module.app, name=name, rich_help_panel=getattr(module, "PANEL", "Operate"))
