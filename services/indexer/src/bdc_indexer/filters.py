"""What a search is restricted to."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

_ACCOUNTS_OF = """c.author = ANY (ARRAY(
    SELECT author FROM account WHERE person_id IN (
        SELECT person_id FROM account WHERE person_id = {0} OR person_name ILIKE '%' || {0} || '%')))"""


@dataclass(frozen=True, slots=True)
class Filters:
    """Every given part must hold. `person` is a person's id or a part of the name, `source` a domain.

    `container` is a repository, list or channel; `since` is included in the period, `until` is not.
    """

    source: str | None = None
    kind: str | None = None
    person: str | None = None
    container: str | None = None
    since: datetime | None = None
    until: datetime | None = None

    @property
    def narrow(self) -> bool:
        """Whether a filter of its own keeps what matches few."""
        return any(each is not None for each in (self.person, self.container, self.since, self.until))

    @property
    def dated_only(self) -> bool:
        """Whether no filter but a period keeps what matches few."""
        return self.person is None and self.container is None

    def conditions(self, argument: Callable[[object], str], *, indexed: bool = True) -> list[str]:
        """Return SQL conditions on a chunk `c`; `argument` takes a value and returns its placeholder.

        Unless `indexed`, no index of containers or dates can serve them.
        """
        templates = (
            (self.source, "c.source = {0}"),
            (self.kind, "c.kind = {0}"),
            (self.container, "c.container = {0}" if indexed else "coalesce(c.container, '') = {0}"),
            (self.since, "c.occurred_at >= {0}" if indexed else "coalesce(c.occurred_at, '-infinity') >= {0}"),
            (self.until, "c.occurred_at < {0}" if indexed else "coalesce(c.occurred_at, 'infinity') < {0}"),
        )
        conditions = [template.format(argument(value)) for value, template in templates if value is not None]
        if self.person is not None:
            conditions.append(_ACCOUNTS_OF.format(argument(_like(self.person))))
        return conditions


def _like(name: str) -> str:
    return name.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
