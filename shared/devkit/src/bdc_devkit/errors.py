"""What can go wrong with the stack itself."""

from bdc_chassis.errors import BdcError


class StackError(BdcError):
    """A part of the stack could not be started or found; the message is one sentence that says what to do."""


class ProcessFailed(StackError):  # noqa: N818  (it says what happened, as the chassis errors do)
    """A process could not be started, or ended before it was ready."""
