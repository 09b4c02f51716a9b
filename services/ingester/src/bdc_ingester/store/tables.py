"""Tables: one per kind of object with the fields of its records, the logs that they share, and what became of files.

JSON columns are declared as text here, since records hold JSON text; in the database they are `jsonb`.
"""

from dataclasses import dataclass
from typing import Final, NamedTuple

from sqlalchemy import ARRAY, BigInteger, Column, DateTime, Integer, MetaData, String, Table, Text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.types import NullType

from bdc_ingester.records import Build, Checkout, Incident, Issue, Test

METADATA: Final = MetaData()
EXCERPT: Final = "log_excerpt"
LOG: Final = "log_digest"

# Fields whose values are JSON text.
JSON_FIELDS: Final = frozenset(
    {
        *("misc", "environment_misc", "environment_compatible", "input_files", "output_files"),
        *("patchset_files", "git_commit_tags", "categories"),
    }
)
_TEXTS: Final = frozenset(
    {"comment", "command", "path", "log_url", "log_excerpt", "git_commit_message", "report_subject", "report_url"}
)


@dataclass(frozen=True)
class Kind:
    """One of the five kinds; `plural` is its key in a document, `fields` those of its records."""

    name: str
    plural: str
    record: type[NamedTuple]
    key: tuple[str, ...]

    @property
    def fields(self) -> tuple[str, ...]:
        """Return the names of a record's fields, in their order."""
        return self.record._fields

    @property
    def columns(self) -> tuple[str, ...]:
        """Return the names of what is stored of a record: with a log, where the excerpt is if it is long."""
        return (*self.fields, LOG) if self.has_log else self.fields

    @property
    def has_log(self) -> bool:
        """Tell whether such objects have logs."""
        return EXCERPT in self.fields


# In the order in which the tables are written, always the same, so that two writers never wait for each other.
KINDS: Final = (
    Kind("issue", "issues", Issue, ("id", "version")),
    Kind("checkout", "checkouts", Checkout, ("id",)),
    Kind("build", "builds", Build, ("id",)),
    Kind("test", "tests", Test, ("id",)),
    Kind("incident", "incidents", Incident, ("id",)),
)


def _table(kind: Kind) -> Table:
    columns = [Column(name, Text() if name in _TEXTS else NullType()) for name in kind.columns]
    return Table(kind.name, METADATA, *columns, Column("revision", BigInteger), Column("revisions", NullType()))


TABLES: Final = {kind.name: _table(kind) for kind in KINDS}

LOGS: Final = Table(
    "log",
    METADATA,
    Column("digest", String, primary_key=True),
    Column("text", Text),
    Column("characters", Integer, nullable=False),
    Column("next_attempt", DateTime(timezone=True)),
)

SUBMISSION: Final = Table(
    "submission",
    METADATA,
    Column("digest", String, primary_key=True),
    Column("name", Text, nullable=False),
    Column("size", BigInteger, nullable=False),
    Column("version", String, nullable=False),
    Column("origins", ARRAY(Text), nullable=False),
    Column("counts", JSONB, nullable=False),
    Column("submitted_at", DateTime(timezone=True), nullable=False),
)

REJECTION: Final = Table(
    "rejection",
    METADATA,
    Column("name", Text, primary_key=True),
    Column("digest", String, primary_key=True),
    Column("reason", String, nullable=False),
    Column("error", Text, nullable=False),
    Column("path", Text, nullable=False),
    Column("version", String, nullable=False),
    Column("origins", ARRAY(Text), nullable=False),
    Column("submitted_at", DateTime(timezone=True), nullable=False),
)
