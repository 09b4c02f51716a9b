"""`bdc-ingester put | ls | status | retry | requeue`: what an operator does with the files of a spool."""

from bdc_ingester.commands.back import requeue, retry
from bdc_ingester.commands.listing import ls
from bdc_ingester.commands.put import put
from bdc_ingester.commands.status import status

COMMANDS = (put, ls, status, retry, requeue)

__all__ = ["COMMANDS"]
