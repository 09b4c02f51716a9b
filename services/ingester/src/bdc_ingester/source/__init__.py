"""Submissions of CI results: the bytes of a file to validated, upgraded, plain records. No bus, no database."""

from bdc_ingester.records import Build, Checkout, Incident, Issue, Submission, Test
from bdc_ingester.rejection import Reason, Rejected, Rejection
from bdc_ingester.source.reading import Vanished, read_file
from bdc_ingester.source.submission import parse_submission
from bdc_ingester.source.tree_names import NO_TREES, TreeNames, parse_trees

__all__ = [
    "NO_TREES",
    "Build",
    "Checkout",
    "Incident",
    "Issue",
    "Reason",
    "Rejected",
    "Rejection",
    "Submission",
    "Test",
    "TreeNames",
    "Vanished",
    "parse_submission",
    "parse_trees",
    "read_file",
]
