"""One HTTP client for all sources: bounded retries, budgets, token pool, conditional requests, size limits."""

from bdc_chassis.http.budget import Budget
from bdc_chassis.http.client import Answer, HttpClient
from bdc_chassis.http.errors import HttpStatusError, ResponseTooLarge
from bdc_chassis.http.tokens import TokenPool

__all__ = ["Answer", "Budget", "HttpClient", "HttpStatusError", "ResponseTooLarge", "TokenPool"]
