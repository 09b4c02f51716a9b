"""Submissions over HTTP: who may send, how a body becomes a file of the spool, and what the sender is told."""

from bdc_ingester.submit.answers import Answer, Refusal
from bdc_ingester.submit.receiving import Receiver
from bdc_ingester.submit.tokens import Tokens

__all__ = ["Answer", "Receiver", "Refusal", "Tokens"]
