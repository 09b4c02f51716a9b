"""Settings from the environment, or one sentence about what is wrong with them."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from pydantic import ValidationError

from bdc_chassis.errors import ConfigurationError
from bdc_chassis.logging import configure_logging
from bdc_chassis.telemetry import configure_telemetry

if TYPE_CHECKING:
    from bdc_chassis.service import Service

PREFIX = "BDC_"


def load_settings(service: "Service") -> Any:
    """Read the service's settings from the environment, and set up logs and spans.

    Raises:
        ConfigurationError: a setting is missing or wrong; the sentence names the variable, never its value.
    """
    settings = configured(service.settings)
    configure_logging(settings, service=service.name)
    configure_telemetry(service.name)
    return settings


def configured(make: Callable[..., Any], *arguments: Any, **options: Any) -> Any:
    """Return the settings that `make` returns.

    Raises:
        ConfigurationError: one of them is missing or wrong.
    """
    try:
        return make(*arguments, **options)
    except ValidationError as error:
        raise ConfigurationError("; ".join(map(_problem, error.errors(include_input=False)))) from None


def _problem(problem: Any) -> str:
    name = "_".join(map(str, problem["loc"])).upper()
    return f"{name if name.startswith(PREFIX) else PREFIX + name}: {problem['msg']}"
