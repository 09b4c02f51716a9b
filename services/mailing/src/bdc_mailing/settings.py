"""Settings of the mailing service."""

from pathlib import Path

from bdc_chassis.settings import ServiceSettings
from pydantic import Field, SecretStr


class MailingSettings(ServiceSettings):
    """Adds to the settings that all services share."""

    mailing_lists: Path | None = Field(
        None, description="YAML file of the lists and their archives; by default the three Boost lists."
    )
    mailing_checkpoint_messages: int = Field(
        5000, ge=1, description="Messages after which the cursor moves; what a crash makes the next run read again."
    )
    publish_window: int = Field(
        1024, ge=1, description="Messages in flight before publishing waits for acks; mail is larger than other facts."
    )
    mailing_parse_processes: int | None = Field(
        None, ge=0, description="Processes that parse large archives; one per processor (at most 4), 0 for none."
    )
    mailing_requests: int = Field(16, ge=1, le=64, description="Requests that one archive server gets at a time.")
    mailing_sweep_messages: int = Field(
        100, ge=0, le=1000, description="Newest messages of a HyperKitty list that every run looks at again."
    )
    mailing_imap_password: SecretStr | None = Field(None, description="Password for `imaps://` archives.")
    mailing_git_timeout: float = Field(7200.0, gt=0, description="Seconds that one clone or fetch may take.")
    mailing_mirror_dir: Path | None = Field(
        None, description="Folder of the mirrors of git archives; `<data_dir>/mirrors` by default."
    )

    @property
    def mailing_mirror_path(self) -> Path:
        """Return the folder of the mirrors."""
        return self.mailing_mirror_dir or self.data_dir / "mirrors"
