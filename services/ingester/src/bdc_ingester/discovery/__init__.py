"""Finding the files of a spool, and whose turn it is."""

from bdc_ingester.discovery.finding import Discovery
from bdc_ingester.discovery.looking import Found
from bdc_ingester.discovery.waiting import Waiting

__all__ = ["Discovery", "Found", "Waiting"]
