"""Forgetting a person: what every service does with `identity.person.forgotten`, once for all.

`memory` keeps the salted hashes in the service's schema, `redactor` takes the person out of any value, `facts` out of
the streams, and `projection` runs all of it and confirms.
"""

from bdc_chassis.forgetting.memory import TABLES, ForgottenPeople
from bdc_chassis.forgetting.projection import Elsewhere, Erased, forgetting
from bdc_chassis.forgetting.redactor import FORGOTTEN, Redactor

__all__ = ["FORGOTTEN", "TABLES", "Elsewhere", "Erased", "ForgottenPeople", "Redactor", "forgetting"]
