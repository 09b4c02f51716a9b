"""What can be set for the service, beside what every service has."""

from pathlib import Path
from typing import Annotated

from bdc_chassis.settings import ServiceSettings
from pydantic import Field, SecretStr

Token = Annotated[SecretStr, Field(min_length=16)]


class IdentitySettings(ServiceSettings):
    """Settings of `bdc-identity`, from `BDC_…` environment variables."""

    generic_addresses: Path | None = Field(
        None, description="List of addresses that tell nothing (TOML); by default the one in the package."
    )
    organisations: Path | None = Field(
        None, description="Which domain is whose (TOML); by default the list in the package."
    )
    identity_tokens: dict[str, Token] = Field(
        default_factory=dict,
        description='Who may decide, as JSON: `{"ann": "a secret of 16 characters or more"}`; nobody by default.',
    )
