"""The command line of a service: `bdc-<service> serve | collect | migrate | replay | health`.

Whatever a command needs is imported inside it, so that `--help` answers at once.
"""

from bdc_chassis.cli.app import build_app, main
from bdc_chassis.cli.configuration import load_settings
from bdc_chassis.cli.failures import exit_code, explain

__all__ = ["build_app", "exit_code", "explain", "load_settings", "main"]
