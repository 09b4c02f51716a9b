"""A whole running system on one machine: servers, services, and who watches over them."""

from bdc_devkit.stack.options import StackOptions
from bdc_devkit.stack.record import StackRecord, read_record
from bdc_devkit.stack.supervisor import Supervisor

__all__ = ["StackOptions", "StackRecord", "Supervisor", "read_record"]
