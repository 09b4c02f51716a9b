"""Real NATS and PostgreSQL servers from wheels, that never outlive the process that started them."""

from bdc_devkit.embedded.guarded import Command, GuardedProcess
from bdc_devkit.embedded.nats import NatsServer
from bdc_devkit.embedded.postgres import PostgresServer

__all__ = ["Command", "GuardedProcess", "NatsServer", "PostgresServer"]
