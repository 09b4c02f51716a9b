"""Settings that every service shares; each has an environment variable `BDC_<NAME>`."""

from datetime import timedelta
from pathlib import Path
from typing import Literal

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict


class ChassisSettings(BaseSettings):
    """Where the bus, the database and the files are, and how much of them to use.

    `nats_url` and `database_url` may hold passwords: they are left out of the repr, and pass through
    `bdc_chassis.redaction.redact` before they reach a log or an error.
    """

    model_config = SettingsConfigDict(env_prefix="BDC_", frozen=True, extra="ignore", hide_input_in_errors=True)

    nats_url: str = Field("nats://127.0.0.1:4222", repr=False, description="NATS server, or several with commas.")
    database_url: str = Field(
        "postgresql://127.0.0.1:5432/bdc", repr=False, description="PostgreSQL, as libpq writes it."
    )
    http_host: str = Field("127.0.0.1", description="Address that `serve` listens on.")
    http_port: int = Field(0, ge=0, le=65535, description="Port of `serve`; 0 takes any free one.")
    port_file: Path | None = Field(None, description="File that `serve` writes its port to once it listens.")
    data_dir: Path = Field(Path(".bdc"), description="Mirrors, raw archive and scratch files.")
    archive_dir: Path | None = Field(None, description="Raw archive; `<data_dir>/archive` by default.")
    log_format: Literal["auto", "json", "console"] = Field("auto", description="auto: console on a terminal.")
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = "INFO"
    stream_replicas: int = Field(1, ge=1, le=5, description="Copies of each stream; 3 in production.")
    stream_max_age: timedelta | None = Field(None, description="How long facts are kept, such as P365D; for ever.")
    stream_max_bytes: int | None = Field(None, ge=1, description="How many bytes of facts are kept; all.")
    batch_size: int = Field(1000, ge=1, description="Messages in one transaction.")
    max_deliver: int = Field(5, ge=1, description="Attempts before a message becomes a dead letter.")
    publish_window: int = Field(4096, ge=1, description="Messages in flight before publishing waits for acks.")
    lag_limit: int = Field(100_000, ge=0, description="Messages a consumer may be behind and still be ready.")
    pool_size: int = Field(5, ge=1, description="Database connections kept open.")
    concurrency: int = Field(1, ge=1, description="Partitions that one collector run works on at a time.")
    drain_seconds: float = Field(12.0, gt=0, description="Time that work in flight gets after SIGTERM.")

    @property
    def archive_path(self) -> Path:
        """Return the folder of the raw archive."""
        return self.archive_dir or self.data_dir / "archive"


class ServiceSettings(ChassisSettings):
    """Base of a service's own settings, which add fields to these."""
