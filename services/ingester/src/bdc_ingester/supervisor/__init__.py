"""The side of the spool that never reads a file: it finds them, hands them out and looks after the workers."""

from bdc_ingester.supervisor.supervisor import ingest

__all__ = ["ingest"]
