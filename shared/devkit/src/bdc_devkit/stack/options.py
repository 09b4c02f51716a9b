"""What to start, where, and on which port."""

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from bdc_devkit.embedded.postgres import DURABLE

DEFAULT_DATA_DIR = Path(".bdc")
DEFAULT_PORT = 8080
NATS_VARIABLE = "BDC_NATS_URL"
DATABASE_VARIABLE = "BDC_DATABASE_URL"


@dataclass(frozen=True, slots=True, kw_only=True)
class StackOptions:
    """A stack under `data_dir`, whose dashboard listens on `port` (0: any free one).

    `only` restricts it to some services; `nats_url` and `database_url` name servers to use instead of embedded ones.
    """

    data_dir: Path = DEFAULT_DATA_DIR
    port: int = DEFAULT_PORT
    only: tuple[str, ...] = ()
    nats_url: str | None = None
    database_url: str | None = None
    postgres: Mapping[str, str] = field(default_factory=lambda: DURABLE)

    @classmethod
    def from_environment(
        cls, *, data_dir: Path, port: int = DEFAULT_PORT, only: tuple[str, ...] = ()
    ) -> "StackOptions":
        """Return the options of a command line, with the servers that the environment names."""
        return cls(
            data_dir=data_dir.absolute(),
            port=port,
            only=only,
            nats_url=os.environ.get(NATS_VARIABLE) or None,
            database_url=os.environ.get(DATABASE_VARIABLE) or None,
        )
