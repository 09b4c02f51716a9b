"""Settings of the dashboard; the environment names are those of the fields with the prefix `BDC_`."""

from datetime import timedelta
from enum import StrEnum

from bdc_chassis.settings import ServiceSettings
from pydantic import AliasChoices, Field, SecretStr
from pydantic_settings import SettingsConfigDict


class Cadence(StrEnum):
    """How often a scheduled collector runs."""

    HOURLY = "hourly"
    DAILY = "daily"
    WEEKLY = "weekly"
    MONTHLY = "monthly"


class DashboardSettings(ServiceSettings):
    """Where the read APIs are, and how old a collector's last success may be."""

    model_config = SettingsConfigDict(populate_by_name=True)

    http_port: int = 8080
    service_urls: dict[str, str] = Field(default_factory=dict)
    read_timeout: float = Field(default=3.0, gt=0, description="Seconds that a read API has for its answer.")
    identity_token: SecretStr = Field(
        default=SecretStr(""),
        description="Token of identity with which the pages decide: whoever may open them decides as its owner.",
    )
    scheduled_collectors: dict[str, Cadence] = Field(default_factory=dict)
    health_enforce_collector_freshness: bool = Field(
        default=False,
        validation_alias=AliasChoices("HEALTH_ENFORCE_COLLECTOR_FRESHNESS", "health_enforce_collector_freshness"),
    )
    health_collector_stale_hours: float = Field(
        default=26.0,
        gt=0,
        validation_alias=AliasChoices("HEALTH_COLLECTOR_STALE_HOURS", "health_collector_stale_hours"),
    )
    health_check_token: SecretStr = Field(
        default=SecretStr(""), validation_alias=AliasChoices("HEALTH_CHECK_TOKEN", "health_check_token")
    )

    def limits(self) -> dict[str, timedelta]:
        """Return, for every scheduled collector, the age of its last success at which it is stale."""
        slack = timedelta(hours=self.health_collector_stale_hours) - timedelta(days=1)
        return {name: _stale_after(cadence, slack) for name, cadence in self.scheduled_collectors.items()}


def _stale_after(cadence: Cadence, slack: timedelta) -> timedelta:
    """One interval and the slack (2 h by default) that a daily run has beyond its day."""
    interval = {
        Cadence.HOURLY: timedelta(hours=1),
        Cadence.DAILY: timedelta(days=1),
        Cadence.WEEKLY: timedelta(days=7),
        Cadence.MONTHLY: timedelta(days=31),
    }[cadence]
    return max(interval + slack, timedelta(minutes=1))
