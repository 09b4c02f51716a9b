"""What Prometheus sees of the ingester, beside what every service has.

Names that begin with `kcidb_` are those that the ingester's predecessors had. Every label has a bounded number of
values: origins come from outside, so that only the first `MOST_ORIGINS` are told apart.
"""

from typing import Final

from bdc_chassis.metrics import REGISTRY
from prometheus_client import Counter, Gauge, Histogram

from bdc_ingester.worker.messages import Report

MOST_ORIGINS: Final = 50
OTHER: Final = "other"
INGESTER: Final = "bdc"

_STAGE_BUCKETS: Final = (0.001, 0.005, 0.01, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30)

_KINDS: Final = {
    kind: Counter(f"kcidb_{kind}", f"{kind.capitalize()} that were stored.", ["ingester", "origin"], registry=REGISTRY)
    for kind in ("checkouts", "builds", "tests", "issues", "incidents")
}
_INGESTED: Final = Counter("kcidb_ingestions", "Files that were taken in.", ["ingester"], registry=REGISTRY)
_FAILED: Final = Counter("bdc_ingester_failed", "Files that were rejected.", ["reason"], registry=REGISTRY)
_KNOWN: Final = Counter("bdc_ingester_known", "Files whose content had been taken in before.", registry=REGISTRY)
_VANISHED: Final = Counter("bdc_ingester_vanished", "Files that were gone when it was their turn.", registry=REGISTRY)
_STAGE_SECONDS: Final = Histogram(
    "bdc_ingester_stage_seconds", "Time of one batch in a stage.", ["stage"], buckets=_STAGE_BUCKETS, registry=REGISTRY
)
_WORKER_FAILURES: Final = Counter(
    "kcidb_ingester_worker_failures", "Workers that ended by themselves.", ["ingester", "reason"], registry=REGISTRY
)
_UPLOADS: Final = Counter("bdc_ingester_uploads", "Log excerpts sent to the storage.", ["outcome"], registry=REGISTRY)
_UPLOADS_WAITING: Final = Gauge("bdc_ingester_uploads_waiting", "Log excerpts that wait for it.", registry=REGISTRY)
_WAITING: Final = Gauge(
    "kcidb_ingestion_queue", "Files that wait in the spool, claimed ones too.", ["ingester"], registry=REGISTRY
)
_OLDEST: Final = Gauge("bdc_ingester_oldest_seconds", "Age of the file that waits longest.", registry=REGISTRY)

_RECEIVED: Final = Counter("kcidb_submissions", "Submissions received over HTTP.", registry=REGISTRY)
_RECEIVED_BYTES: Final = Counter("kcidb_submission_size", "Bytes of submissions received.", registry=REGISTRY)
_RECEIVED_BY: Final = Counter(
    "kcidb_submissions_by_origin", "Submissions received, by their origin.", ["origin"], registry=REGISTRY
)
_REFUSED: Final = Counter("kcidb_user_errors", "Requests refused for what was sent.", registry=REGISTRY)
_BROKEN: Final = Counter("kcidb_system_errors", "Submissions that could not be stored.", registry=REGISTRY)

_origins: Final[set[str]] = set()


def batch_done(report: Report) -> None:
    """Count what became of the files of an order."""
    _INGESTED.labels(INGESTER).inc(report.archived - report.known)
    _KNOWN.inc(report.known)
    _VANISHED.inc(report.vanished)
    for reason, count in report.failed.items():
        _FAILED.labels(reason).inc(count)
    for (kind, origin), count in report.objects.items():
        _KINDS[kind].labels(INGESTER, _bounded(origin)).inc(count)
    for stage, seconds in report.stages.items():
        _STAGE_SECONDS.labels(stage).observe(seconds)


def spool_seen(waiting: int, oldest_seconds: float) -> None:
    """Show how much waits in the spool, and for how long the oldest of it has."""
    _WAITING.labels(INGESTER).set(waiting)
    _OLDEST.set(oldest_seconds)


def worker_died(*, by_signal: bool) -> None:
    """Count a worker that ended although nobody asked it to."""
    _WORKER_FAILURES.labels(INGESTER, "signal" if by_signal else "exception").inc()


def upload_done(outcome: str, count: int = 1) -> None:
    """Count log excerpts: `stored`, `known` (stored before), `failed` or `timeout`."""
    _UPLOADS.labels(outcome).inc(count)


def uploads_waiting(count: int) -> None:
    """Show how many log excerpts wait for the storage."""
    _UPLOADS_WAITING.set(count)


def received(origin: str, size: int) -> None:
    """Count a submission that came over HTTP."""
    _RECEIVED.inc()
    _RECEIVED_BYTES.inc(size)
    _RECEIVED_BY.labels(_bounded(origin)).inc()


def refused() -> None:
    """Count a request that was refused for what was sent."""
    _REFUSED.inc()


def broken() -> None:
    """Count a submission that could not be stored."""
    _BROKEN.inc()


def _bounded(origin: str) -> str:
    if origin not in _origins:
        if len(_origins) >= MOST_ORIGINS:
            return OTHER
        _origins.add(origin)
    return origin
