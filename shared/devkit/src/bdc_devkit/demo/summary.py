"""What the demo found, read from the services as anybody reads them."""

import json
import urllib.parse
import urllib.request
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

READ_SECONDS = 15.0
QUERY = "cache flush problem"
KINDS = ("people", "profiles", "commits", "messages", "documents")
SOURCES: Mapping[str, tuple[str, str]] = {
    "people": ("identity", "people"),
    "profiles": ("identity", "profiles"),
    "merged": ("identity", "merged"),
    "commits": ("github", "commits"),
    "messages": ("mailing", "messages"),
    "documents": ("indexer", "documents"),
}


@dataclass(frozen=True, slots=True)
class Summary:
    """Totals after the run, and how much of each is new; `new` counts commits and messages."""

    counts: Mapping[str, int]
    before: Mapping[str, int]
    seconds: float
    url: str | None
    answer: Mapping[str, Any] | None = None
    errors: tuple[str, ...] = field(default=())

    @property
    def new_by_kind(self) -> dict[str, int]:
        """How many of each kind this run added."""
        return {kind: max(0, self.counts[kind] - self.before.get(kind, 0)) for kind in KINDS}

    @property
    def new(self) -> int:
        """How many commits and messages this run added."""
        return self.new_by_kind["commits"] + self.new_by_kind["messages"]

    def to_dict(self) -> dict[str, Any]:
        """Return the summary as `--json` prints it."""
        return {
            **{kind: self.counts[kind] for kind in KINDS},
            "new": self.new,
            "seconds": round(self.seconds, 2),
            "url": self.url,
            "merged": self.counts["merged"],
            "new_by_kind": self.new_by_kind,
            "search": self.answer,
            "errors": list(self.errors),
        }

    def lines(self) -> list[str]:
        """Return the summary for people."""
        added, counts = self.new_by_kind, self.counts
        lines = [
            f"{counts['people']:,} people behind {counts['profiles']:,} accounts; {counts['merged']:,} have several",
            *(f"{counts[kind]:,} {kind} ({added[kind]:,} new)" for kind in ("commits", "messages", "documents")),
            f"{self.new:,} new commits and messages in this run" if self.new else "Nothing new since the last run",
        ]
        if self.answer is not None:
            lines.append(f'Search for "{self.answer["query"]}": {self._best()}')
        lines.append(f"Took {self.seconds:.1f} s")
        if self.url:
            lines.append(f"Dashboard: {self.url}")
        return [*lines, *(f"FAILED: {error}" for error in self.errors)]

    def _best(self) -> str:
        results = self.answer["results"] if self.answer else []
        if not results:
            return "no result"
        best = results[0]
        author = best.get("author") or {}
        name = author.get("person_name") or author.get("name") or "unknown"
        title, day = best.get("title") or best["document_id"], str(best.get("occurred_at"))[:10]
        return f"{title} ({best['container']}, {name}, {day})"


def read_counts(service_urls: Mapping[str, str]) -> dict[str, int]:
    """Return how many of each kind the services have stored; 0 for what is not there."""
    answers = {service: read_json(f"{url}/v1/summary") for service, url in service_urls.items() if url}
    return {kind: _count(answers.get(service), name) for kind, (service, name) in SOURCES.items()}


def read_answer(service_urls: Mapping[str, str]) -> dict[str, Any] | None:
    """Return the first answers to the demo's question; None without an indexer."""
    if "indexer" not in service_urls:
        return None
    return read_json(f"{service_urls['indexer']}/v1/search?{urllib.parse.urlencode({'q': QUERY, 'limit': 3})}")


def read_json(url: str) -> dict[str, Any] | None:
    """Return a JSON object that a service on this machine answers; None if it does not."""
    try:
        with urllib.request.urlopen(url, timeout=READ_SECONDS) as answer:  # noqa: S310  (our own services' addresses)
            value = json.load(answer)
    except (OSError, ValueError):
        return None
    return value if isinstance(value, dict) else None


def _count(answer: Mapping[str, Any] | None, name: str) -> int:
    if answer is None:
        return 0
    value = answer.get(name, answer.get("counts", {}).get(name, 0))
    return value if isinstance(value, int) else 0
