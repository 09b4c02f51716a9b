"""The `bdc` command line: one module per group, one boundary for errors."""

import sys

import typer
from bdc_chassis.errors import BdcError

from bdc_devkit.cli import (
    bench,
    collect,
    collectors,
    contracts,
    demo,
    dlq,
    doctor,
    down,
    events,
    replay,
    runs,
    state_digest,
    status,
    up,
)

EXIT_INTERRUPTED = 130

app = typer.Typer(
    name="bdc",
    help="Boost Data Collector: run it, feed it, look into it.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=False,
)
for module in (up, down, demo, collectors, status, doctor, replay, runs, bench):
    app.command(name=module.__name__.rpartition(".")[2], rich_help_panel=module.PANEL)(module.command)
app.command(
    name="collect",
    rich_help_panel=collect.PANEL,
    context_settings={"allow_extra_args": True, "ignore_unknown_options": True, "help_option_names": []},
)(collect.command)
app.command(name="state-digest", hidden=True)(state_digest.command)
for name, group in (("dlq", dlq.app), ("events", events.app), ("contracts", contracts.app)):
    app.add_typer(group, name=name)


def main() -> None:
    """Run `bdc`; every error that was foreseen is one sentence on standard error and an exit code."""
    try:
        app()
    except BdcError as error:
        sys.stderr.write(f"{error}\n")
        sys.exit(error.exit_code)
    except (KeyboardInterrupt, BrokenPipeError):
        sys.exit(EXIT_INTERRUPTED)
