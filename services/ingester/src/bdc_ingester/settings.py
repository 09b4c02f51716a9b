"""Settings of the ingester; the names that operators of its predecessor know are understood beside the usual ones."""

import os
from pathlib import Path
from typing import Any, Final
from urllib.parse import quote

from bdc_chassis.settings import ServiceSettings
from pydantic import AliasChoices, Field, SecretStr, field_validator
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict

_CHASSIS: Final = ServiceSettings.model_config


def _alias(name: str, known: str) -> Any:
    return AliasChoices(f"BDC_{name.upper()}", known, name)


class PredecessorDatabase(BaseSettings):
    """The database as the predecessor's environment names it, in parts."""

    model_config = SettingsConfigDict(env_prefix="DB_", frozen=True, extra="ignore", hide_input_in_errors=True)

    name: str | None = None
    user: str = "admin"
    password: SecretStr = SecretStr("admin")
    host: str = "127.0.0.1"
    port: int = 5432

    def url(self) -> str:
        """Return the parts as libpq writes them."""
        user, password = quote(self.user, safe=""), quote(self.password.get_secret_value(), safe="")
        host = f"[{self.host}]" if ":" in self.host else quote(self.host, safe="")
        return f"postgresql://{user}:{password}@{host}:{self.port}/{quote(self.name or '', safe='')}"


class _DatabaseInParts(PydanticBaseSettingsSource):
    """Gives `database_url` where only the parts are in the environment."""

    def get_field_value(self, *_: Any) -> tuple[Any, str, bool]:
        return None, "", False

    def __call__(self) -> dict[str, Any]:
        database = PredecessorDatabase()
        return {} if database.name is None else {"database_url": database.url()}


class IngesterSettings(ServiceSettings):
    """Adds to the settings that all services share."""

    model_config = SettingsConfigDict({**_CHASSIS, "populate_by_name": True})

    http_port: int = Field(
        0,
        ge=0,
        le=65535,
        validation_alias=_alias("http_port", "INGESTER_METRICS_PORT"),
        description="Port of `serve`, for the read API and metrics; 0 takes any free one.",
    )
    ingester_spool_dir: Path | None = Field(None, description="The spool; `<data_dir>/spool` by default.")
    ingester_archive_stamp: str = Field(
        "", description="Folders of the spool's archive, such as {year}/{month}/{day}; flat by default."
    )
    ingester_max_workers: int = Field(
        5, ge=1, le=64, description="Most worker processes; there are no more than processors and one."
    )
    ingester_interval: float = Field(
        5.0, gt=0, le=3600, description="Seconds between scans, which find what file-system events did not tell."
    )
    ingester_watch: bool = Field(
        default=True, description="Whether file-system events tell of new files; switch it off on network file systems."
    )
    ingester_trees_file: Path | None = Field(None, description="YAML file with the names of trees.")
    ingester_max_file_bytes: int = Field(32 * 1024 * 1024, ge=1, description="Larger files are rejected unread.")
    ingester_batch_files: int = Field(
        100,
        ge=1,
        le=10_000,
        validation_alias=_alias("ingester_batch_files", "INGEST_FILES_BATCH_SIZE"),
        description="Most files in one transaction.",
    )
    ingester_window: int = Field(
        50_000,
        ge=1,
        validation_alias=_alias("ingester_window", "INGEST_CYCLE_BATCH_SIZE"),
        description="File names that are known at a time; among them origins take turns.",
    )
    ingester_convert_logs: bool = Field(
        default=False,
        validation_alias=_alias("ingester_convert_logs", "CONVERT_LOG_EXCERPT"),
        description="Whether long log excerpts go to the storage server; needs its token.",
    )
    ingester_log_threshold: int = Field(
        256,
        ge=0,
        validation_alias=_alias("ingester_log_threshold", "LOGEXCERPT_THRESHOLD"),
        description="Characters up to which a log excerpt stays in its row.",
    )
    ingester_log_cache: int = Field(
        100_000,
        ge=1,
        validation_alias=_alias("ingester_log_cache", "CACHE_LOGS_SIZE_LIMIT"),
        description="Digests of stored log excerpts that a worker remembers.",
    )
    ingester_storage_token: SecretStr | None = Field(
        None,
        validation_alias=_alias("ingester_storage_token", "STORAGE_TOKEN"),
        description="Token of the storage server.",
    )
    ingester_storage_url: str = Field(
        "https://files-staging.kernelci.org",
        validation_alias=_alias("ingester_storage_url", "STORAGE_BASE_URL"),
        description="Address of the storage server.",
    )
    ingester_storage_timeout: float = Field(30.0, gt=0, description="Seconds that one upload may take.")

    ingester_jwt_secret: SecretStr | None = Field(
        None,
        validation_alias=_alias("ingester_jwt_secret", "JWT_SECRET"),
        description="Secret of the tokens that senders submit with (HS256), at least 32 bytes.",
    )
    ingester_jwt_public_key: Path | None = Field(
        None, description="PEM file of the key that senders' tokens are signed with (RS256)."
    )

    @property
    def spool_path(self) -> Path:
        """Return the spool's folder."""
        return self.ingester_spool_dir or self.data_dir / "spool"

    @property
    def worker_count(self) -> int:
        """Return how many workers there are: one that waits for the database beside one for each processor."""
        return min(self.ingester_max_workers, (os.cpu_count() or 1) + 1)

    @property
    def uploads_logs(self) -> bool:
        """Tell whether long log excerpts go to the storage server."""
        return self.ingester_convert_logs and self.ingester_storage_token is not None

    @field_validator("ingester_storage_url")
    @classmethod
    def _address(cls, url: str) -> str:
        if not url.startswith(("https://", "http://")):
            raise ValueError("the storage server needs an address that begins with https:// or http://")
        return url.rstrip("/")

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Put the predecessor's database behind everything else."""
        return init_settings, env_settings, dotenv_settings, file_secret_settings, _DatabaseInParts(settings_cls)
