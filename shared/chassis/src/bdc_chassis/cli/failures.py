"""What a failed command tells the operator, and the shell."""

from bdc_chassis.errors import EXIT_FAILED, BdcError, sentence


def explain(error: BaseException) -> str:
    """Return the one sentence for the operator."""
    if isinstance(error, BaseExceptionGroup):
        return explain(error.exceptions[0])
    if isinstance(error, BdcError):
        return sentence(error)
    return f"{sentence(error)} (unexpected; BDC_DEBUG=1 shows where)"


def exit_code(error: BaseException) -> int:
    """Return the exit code of a command that ended with `error`."""
    if isinstance(error, BaseExceptionGroup):
        return max(exit_code(inner) for inner in error.exceptions)
    return error.exit_code if isinstance(error, BdcError) else EXIT_FAILED
