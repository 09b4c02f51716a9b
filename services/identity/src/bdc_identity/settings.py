"""What can be set for the service, beside what every service has."""

from pathlib import Path

from bdc_chassis.settings import ServiceSettings
from pydantic import Field


class IdentitySettings(ServiceSettings):
    """Settings of `bdc-identity`, from `BDC_…` environment variables."""

    generic_addresses: Path | None = Field(
        None, description="List of addresses that tell nothing (TOML); by default the one in the package."
    )
