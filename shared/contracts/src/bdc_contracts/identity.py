"""Who is who: profiles joined into people."""

from datetime import datetime
from hashlib import sha256
from typing import ClassVar

from bdc_contracts.event import Event, Record
from bdc_contracts.ids import digest
from bdc_contracts.people import PersonRef, normal_email


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


class DecisionMade(Event):
    """`identity.decision.made`: somebody decided who is who; it wins over all evidence, and over older decisions.

    `verb` is `merge`, `split`, `pin`, `reject`, `mark`, `name` or `undo`. `left` and `right` are profile ids as they
    were at that moment: of a merge and a rejection the two people, of a split those taken out and those who stay, of a
    pin the profiles and the person to whom they belong; a mark and a name have a left side only, and `value` is the
    kind or the name. An undo names the decision that it takes back in `undoes`. `origin` is `human`, or what it was
    imported from.
    """

    DOMAIN: ClassVar[str] = "identity"
    ENTITY: ClassVar[str] = "decision"
    ACTION: ClassVar[str] = "made"

    decision_id: str
    verb: str
    actor: str
    decided_at: datetime
    left: tuple[str, ...] = ()
    right: tuple[str, ...] = ()
    value: str = ""
    note: str = ""
    origin: str = "human"
    undoes: str | None = None

    def event_key(self) -> str:
        return self.decision_id

    def event_time(self) -> datetime:
        return self.decided_at


class MergeProposed(Event):
    """`identity.merge.proposed`: two profiles of different people may be one person; a human should decide.

    `bits` are the log2 odds that they are; `clash` says what speaks against it where the odds alone would suffice.
    """

    DOMAIN: ClassVar[str] = "identity"
    ENTITY: ClassVar[str] = "merge"
    ACTION: ClassVar[str] = "proposed"

    left: PersonRef
    right: PersonRef
    bits: float
    reasons: tuple[str, ...] = ()
    clash: str | None = None
    proposed_at: datetime

    def event_key(self) -> str:
        return digest(self.left.platform, self.left.account, self.right.platform, self.right.account)

    def event_version(self) -> str:
        return digest(str(self.bits), *self.reasons, self.clash or "")

    def event_time(self) -> datetime:
        return self.proposed_at


class PeopleMerged(Event):
    """`identity.person.merged`: what were several people is one; `former_ids` are the ids that they had.

    The memberships themselves come as `identity.changed`, one per profile; this one tells what happened as a whole.
    """

    DOMAIN: ClassVar[str] = "identity"
    ENTITY: ClassVar[str] = "person"
    ACTION: ClassVar[str] = "merged"

    person_id: str
    former_ids: tuple[str, ...]
    revision: int
    merged_at: datetime

    def event_key(self) -> str:
        return self.person_id

    def event_version(self) -> str:
        return digest(str(self.revision), *self.former_ids)

    def event_time(self) -> datetime:
        return self.merged_at


class PersonSplit(Event):
    """`identity.person.split`: what was one person is several; `person_ids` are the ids that they have now.

    The memberships themselves come as `identity.changed`, one per profile; this one tells what happened as a whole.
    """

    DOMAIN: ClassVar[str] = "identity"
    ENTITY: ClassVar[str] = "person"
    ACTION: ClassVar[str] = "split"

    former_id: str
    person_ids: tuple[str, ...]
    revision: int
    split_at: datetime

    def event_key(self) -> str:
        return self.former_id

    def event_version(self) -> str:
        return digest(str(self.revision), *self.person_ids)

    def event_time(self) -> datetime:
        return self.split_at


class ForgottenKeys(Record):
    """What identifies somebody who asked to be forgotten, only as salted hashes: it can be recognised, not read.

    A hash is the SHA-256, in hexadecimal, of the salt, a line feed and the subject, all UTF-8. Subjects are
    `profile:<platform>:<account>` for accounts, `email:<address>` for addresses, as `normal_email` gives them, and
    `identity:<id>` for the ids by which identity's own events name profiles.
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


def identity_subject(profile_id: str) -> str:
    """Return what is hashed for the id by which identity names a profile."""
    return f"identity:{profile_id}"


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
