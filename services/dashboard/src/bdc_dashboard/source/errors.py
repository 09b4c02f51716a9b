"""What can go wrong when another service is asked."""

from bdc_chassis.errors import BdcError, NetworkError
from bdc_contracts import ErrorCategory


class SourceError(NetworkError):
    """A service did not answer, or answered with something that this dashboard cannot show."""

    def __init__(self, service: str, reason: str) -> None:
        self.service = service
        super().__init__(f"The {service} service {reason}.")


class NotAtSourceError(BdcError):
    """A service answered that it has no such thing."""

    category = ErrorCategory.VALIDATION
