"""What a benchmark gets: its input, and servers of its own when it asks for them."""

import os
import tempfile
from contextlib import ExitStack
from functools import cached_property
from pathlib import Path
from types import TracebackType
from typing import Any, Self, TypeVar

from bdc_chassis.settings import ChassisSettings

from bdc_devkit.embedded import NatsServer, PostgresServer
from bdc_devkit.stack.options import DATABASE_VARIABLE, NATS_VARIABLE

SettingsType = TypeVar("SettingsType", bound=ChassisSettings)


class BenchContext:
    """A temporary directory and, once used, a fresh NATS and PostgreSQL in their production configuration (fsync on).

    `input` is what `--input` gave; a benchmark without it makes its own, `count` things if that is given. `output` is
    the file for what there is to tell beyond figures. `BDC_NATS_URL` and `BDC_DATABASE_URL` replace the servers.
    `perceval` is a Python that has the package perceval, to compare with.
    """

    def __init__(
        self,
        input: Path | None = None,  # noqa: A002  (the option's name)
        output: Path | None = None,
        count: int | None = None,
        perceval: Path | None = None,
    ) -> None:
        self.input = input
        self.output = output
        self.count = count
        self.perceval = perceval
        self._held = ExitStack()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._held.close()

    @cached_property
    def directory(self) -> Path:
        """A directory that goes with the benchmark."""
        return Path(
            self._held.enter_context(tempfile.TemporaryDirectory(prefix="bdc-bench-", ignore_cleanup_errors=True))
        )

    @cached_property
    def nats_url(self) -> str:
        """A NATS server on which nothing is provisioned."""
        if url := os.environ.get(NATS_VARIABLE):
            return url
        server = NatsServer(self.directory / "nats", remove=[self.directory / "nats"])
        server.start()
        self._held.callback(server.process.kill)
        return server.url

    @cached_property
    def database_url(self) -> str:
        """An empty database."""
        if url := os.environ.get(DATABASE_VARIABLE):
            return url
        server = PostgresServer(self.directory / "postgres", remove=[self.directory / "postgres"])
        server.start()
        self._held.callback(server.kill)
        return server.url

    def settings(self, cls: type[SettingsType], **overrides: Any) -> SettingsType:
        """Return settings bound to these servers and this directory."""
        bound: dict[str, Any] = {
            "nats_url": self.nats_url,
            "database_url": self.database_url,
            "data_dir": self.directory / "data",
        }
        return cls(**{**bound, **overrides})
