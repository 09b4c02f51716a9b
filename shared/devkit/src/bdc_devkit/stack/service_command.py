"""How a service's own command line is run from here."""

import sys

_RUN = """\
import sys
from bdc_chassis import cli
from bdc_devkit.stack.catalogue import load
cli.main(load(sys.argv.pop(1)))
"""


def service_command(name: str, *arguments: str) -> list[str]:
    """Return the command line that is `bdc-NAME ARGUMENTS`, whether or not its script is on the PATH."""
    return [sys.executable, "-c", _RUN, name, *arguments]
