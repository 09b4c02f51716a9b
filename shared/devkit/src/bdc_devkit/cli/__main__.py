"""`python -m bdc_devkit.cli` is `bdc`."""

from bdc_devkit.cli import main

main()
