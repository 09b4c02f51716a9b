"""Who is who: profiles joined into people."""

from datetime import datetime
from typing import ClassVar

from bdc_contracts.event import Event
from bdc_contracts.ids import digest


class IdentityChanged(Event):
    """`identity.identity.changed`: a profile belongs to a person; `previous_person_id` is None for a new profile.

    `revision` grows with every change of that profile's membership, so the newest event of a profile decides;
    it also grows when only the person's name or the reason changes, and when a lost store is rebuilt from a replay.
    """

    DOMAIN: ClassVar[str] = "identity"
    ENTITY: ClassVar[str] = "identity"
    ACTION: ClassVar[str] = "changed"

    platform: str
    account: str
    person_id: str
    person_name: str | None = None
    previous_person_id: str | None = None
    reason: str
    revision: int
    changed_at: datetime

    def event_key(self) -> str:
        return f"{self.platform}:{self.account}"

    def event_version(self) -> str:
        return digest(str(self.revision), self.person_id, self.person_name or "", self.reason)

    def event_time(self) -> datetime:
        return self.changed_at
