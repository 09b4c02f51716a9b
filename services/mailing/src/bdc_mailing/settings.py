"""Settings of the mailing service."""

from bdc_chassis.settings import ServiceSettings
from pydantic import Field


class MailingSettings(ServiceSettings):
    """Adds to the settings that all services share."""

    mailing_checkpoint_messages: int = Field(
        5000, ge=1, description="Messages after which the cursor moves; what a crash makes the next run read again."
    )
