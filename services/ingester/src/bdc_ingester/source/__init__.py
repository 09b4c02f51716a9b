"""Submissions of CI results: the bytes of a file to validated, upgraded, plain records. No bus, no database."""

from bdc_ingester.source.reading import Vanished, read_file
from bdc_ingester.source.records import Build, Checkout, Incident, Issue, Test
from bdc_ingester.source.rejection import Reason, Rejected, Rejection
from bdc_ingester.source.submission import Submission, parse_submission
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
