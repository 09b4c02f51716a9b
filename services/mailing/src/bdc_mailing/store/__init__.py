"""The schema `mailing`: set-based writes, in any order and any number of times with the same result."""

from bdc_mailing.store.batch import Saved, save

__all__ = ["Saved", "save"]
