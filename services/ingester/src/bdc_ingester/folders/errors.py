"""What can be wrong with a file's name or target."""

from bdc_chassis.errors import CommandError, ValidationFailed


class UnsafeName(ValidationFailed):
    """A name is none, or leads out of its folder."""


class TargetExists(CommandError):  # noqa: N818  (says what happened)
    """Another file has the name already; nothing was moved or overwritten."""
