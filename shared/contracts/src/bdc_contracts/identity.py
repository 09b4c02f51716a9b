"""Who is who: profiles joined into people."""

from datetime import datetime
from hashlib import sha256
from typing import ClassVar

from bdc_contracts.event import Event, Record
from bdc_contracts.ids import digest
from bdc_contracts.people import normal_email


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


class ForgottenKeys(Record):
    """What identifies somebody who asked to be forgotten, only as salted hashes: it can be recognised, not read.

    A hash is the SHA-256, in hexadecimal, of the salt, a line feed and the subject, all UTF-8. Subjects are
    `profile:<platform>:<account>` for accounts and `email:<address>` for addresses, as `normal_email` gives them.
    PostgreSQL finds rows set by set: `encode(sha256(convert_to(salt || chr(10) || subject, 'UTF8')), 'hex')`. The salt
    is one per installation.
    """

    salt: str
    hashes: tuple[str, ...]

    def hashed(self, subject: str) -> str:
        """Return the hash of a subject under this salt."""
        return sha256(f"{self.salt}\n{subject}".encode("utf-8", "surrogatepass")).hexdigest()

    def holds_account(self, platform: str, account: str) -> bool:
        """Tell whether this account is one of the forgotten."""
        return self.hashed(account_subject(platform, account)) in self.hashes

    def holds_email(self, email: str | None) -> bool:
        """Tell whether this address is one of the forgotten."""
        address = normal_email(email)
        return bool(address) and self.hashed(email_subject(address)) in self.hashes


def account_subject(platform: str, account: str) -> str:
    """Return what is hashed for an account."""
    return f"profile:{platform}:{account}"


def email_subject(email: str) -> str:
    """Return what is hashed for an address."""
    return f"email:{normal_email(email)}"


class PersonForgotten(Event):
    """`identity.person.forgotten`: erase this person everywhere, and do not take them back when collected again.

    Every service that stores what people wrote or who they are removes or pseudonymises it, remembers the hashes, and
    confirms with a `person.erased` of its domain. Names and addresses are in no field.
    """

    DOMAIN: ClassVar[str] = "identity"
    ENTITY: ClassVar[str] = "person"
    ACTION: ClassVar[str] = "forgotten"

    request_id: str
    keys: ForgottenKeys
    requested_at: datetime

    def event_key(self) -> str:
        return self.request_id

    def event_time(self) -> datetime:
        return self.requested_at


class PersonErased(Event):
    """`bdc.v1.<domain>.person.erased`: a domain has carried out a `person.forgotten`; `counts` are rows by kind."""

    ENTITY: ClassVar[str] = "person"
    ACTION: ClassVar[str] = "erased"

    domain: str
    request_id: str
    counts: dict[str, int]
    erased_at: datetime

    def event_key(self) -> str:
        return self.request_id

    def event_version(self) -> str:
        return ""

    def event_time(self) -> datetime:
        return self.erased_at
