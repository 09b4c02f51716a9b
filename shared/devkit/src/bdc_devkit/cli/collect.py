"""`bdc collect`: one run of a collector on the stack that is up."""

import os

import typer
from bdc_chassis.errors import ConfigurationError

from bdc_devkit.cli.conventions import DEFAULT, DataDir
from bdc_devkit.stack.catalogue import installed
from bdc_devkit.stack.environment import environment
from bdc_devkit.stack.service_command import service_command

PANEL = "Collect"
CONTEXT = {"allow_extra_args": True, "ignore_unknown_options": True, "help_option_names": []}


def command(context: typer.Context, data_dir: DataDir = DEFAULT) -> None:
    """Run a collector: `bdc collect github --repo PATH`; `bdc collect github --help` shows its options."""
    if not context.args or context.args[0] in {"--help", "-h"}:
        names = ", ".join(installed())
        raise ConfigurationError(f"Say which collector: bdc collect NAME [OPTIONS]; installed services are {names}")
    name, *options = context.args
    if name not in installed():
        raise ConfigurationError(f"There is no collector {name!r}: `bdc collectors` lists those there are")
    asks_help = "--help" in options
    variables = {} if asks_help else environment(data_dir)
    arguments = service_command(name, "collect", *options)
    os.execve(arguments[0], arguments, {**os.environ, **variables})  # noqa: S606  (signals and exit code are the collector's)
