"""The `bdc` command."""

from bdc_devkit.cli.app import app, main

__all__ = ["app", "main"]
