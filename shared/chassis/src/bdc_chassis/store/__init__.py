"""PostgreSQL: one schema and one role per service, set-based writes."""

from bdc_chassis.store.copy import copy_upsert
from bdc_chassis.store.engine import create_engine, schema_name

__all__ = ["copy_upsert", "create_engine", "schema_name"]
