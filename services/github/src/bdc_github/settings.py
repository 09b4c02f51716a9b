"""Settings of the github service."""

from pathlib import Path

from bdc_chassis.settings import ServiceSettings
from pydantic import AliasChoices, Field, SecretStr


class GithubSettings(ServiceSettings):
    """Adds the credentials for github.com and the limits of git to the settings that all services share."""

    github_token: SecretStr | None = Field(
        None,
        validation_alias=AliasChoices("BDC_GITHUB_TOKEN", "GITHUB_TOKEN"),
        description="Token for https://github.com, where the address holds none.",
    )
    git_timeout: float = Field(7200.0, gt=0, description="Seconds that one clone or fetch may take.")
    mirror_dir: Path | None = Field(None, description="Folder of the mirrors; `<data_dir>/mirrors` by default.")

    @property
    def mirror_path(self) -> Path:
        """Return the folder of the mirrors."""
        return self.mirror_dir or self.data_dir / "mirrors"
