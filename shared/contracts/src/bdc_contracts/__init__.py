"""Messages that services exchange. Nothing here does I/O, and nothing couples the services but this package."""

from bdc_contracts.control import (
    ErrorCategory,
    MessageDeadLettered,
    Outcome,
    ReplayFinished,
    ReplayRequested,
    RunFinished,
    RunStarted,
)
from bdc_contracts.documents import DocumentChanged, DocumentRemoved
from bdc_contracts.event import Event, Message, Record
from bdc_contracts.github import (
    BranchAdvanced,
    BranchRemoved,
    CommitFetched,
    CommitFile,
    CommitVanished,
    FileStatus,
    RepositoryRecollected,
    RepositorySeen,
    Signature,
    Trailer,
)
from bdc_contracts.identity import IdentityChanged
from bdc_contracts.mailing import Address, Attachment, MessageArchived
from bdc_contracts.people import Handle, PersonRef, PersonSeen, address_account, normal_email

EVENTS: tuple[type[Event], ...] = (
    PersonSeen,
    RepositorySeen,
    RepositoryRecollected,
    BranchAdvanced,
    BranchRemoved,
    CommitFetched,
    CommitVanished,
    MessageArchived,
    DocumentChanged,
    DocumentRemoved,
    IdentityChanged,
    RunStarted,
    RunFinished,
    ReplayRequested,
    ReplayFinished,
    MessageDeadLettered,
)

__all__ = [
    "EVENTS",
    "Address",
    "Attachment",
    "BranchAdvanced",
    "BranchRemoved",
    "CommitFetched",
    "CommitFile",
    "CommitVanished",
    "DocumentChanged",
    "DocumentRemoved",
    "ErrorCategory",
    "Event",
    "FileStatus",
    "Handle",
    "IdentityChanged",
    "Message",
    "MessageArchived",
    "MessageDeadLettered",
    "Outcome",
    "PersonRef",
    "PersonSeen",
    "Record",
    "ReplayFinished",
    "ReplayRequested",
    "RepositoryRecollected",
    "RepositorySeen",
    "RunFinished",
    "RunStarted",
    "Signature",
    "Trailer",
    "address_account",
    "normal_email",
]
