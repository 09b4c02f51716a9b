"""`commit.fetched` straight from git's records to the message on the wire.

A history is millions of these. Through the model one takes 35 µs, this way 8, and a collector has about 100 per commit
to keep up with git. A test holds both ways to the same message.
"""

from datetime import UTC
from typing import Any, Final

import orjson
from bdc_contracts import CommitFetched, FileStatus, Message
from bdc_contracts.event import DATA_SCHEMA, EPOCH, MESSAGE_ID_HEADER, SPEC_VERSION
from bdc_contracts.ids import digest_after, framed

from bdc_github.snapshot import Snapshot
from bdc_github.source.records import Commit, FileChange, Identity

_TYPE: Final = CommitFetched.type_name()
_IDENTITY: Final = framed(CommitFetched.DOMAIN, CommitFetched.ENTITY, CommitFetched.ACTION)
_SUBJECT: Final = CommitFetched.subscription()
_HEADERS: Final = {
    "ce-source": f"/{CommitFetched.DOMAIN}",
    "ce-type": _SUBJECT,
    "ce-specversion": SPEC_VERSION,
    "ce-dataschema": DATA_SCHEMA.format(type=_TYPE),
}
_MODIFIED: Final = FileStatus.MODIFIED.value


class CommitMessages:
    """Makes commits into messages; what all commits of a snapshot share is worked out once."""

    def __init__(self, repository: str, snapshot: Snapshot, refs: dict[str, tuple[str, ...]]) -> None:
        self._repository = repository
        self._refs = refs
        self._version = f"{snapshot.id}{'' if snapshot.stats else '-nostats'}"
        self._shared: dict[str, Any] = {
            "repository": repository,
            "snapshot": snapshot.id,
            "observed_at": snapshot.observed_at,
        }
        if not snapshot.stats:
            self._shared["stats"] = False

    def fetched(self, commit: Commit) -> Message:
        """Return the message of one commit."""
        at = commit.committer.at
        identity = digest_after(_IDENTITY, f"{self._repository}\n{commit.sha}", self._version)
        headers = _HEADERS | {
            "ce-id": identity,
            "ce-time": (at.astimezone(UTC) if at else EPOCH).isoformat(),
            MESSAGE_ID_HEADER: identity,
        }
        return Message(_SUBJECT, orjson.dumps(self._payload(commit), option=orjson.OPT_UTC_Z), headers)

    def _payload(self, commit: Commit) -> dict[str, Any]:
        payload = {
            **self._shared,
            "sha": commit.sha,
            "author": _signature(commit.author),
            "committer": _signature(commit.committer),
            "message": commit.message,
        }
        if commit.parents:
            payload["parents"] = commit.parents
        if refs := self._refs.get(commit.sha):
            payload["refs"] = refs
        if commit.trailers:
            payload["trailers"] = [trailer._asdict() for trailer in commit.trailers]
        if commit.files:
            payload["files"] = [_file(file) for file in commit.files]
        return payload


def _signature(who: Identity) -> dict[str, Any]:
    return {"name": who.name, "email": who.email, "at": who.at}


def _file(file: FileChange) -> dict[str, Any]:
    path, status, previous, additions, deletions, binary, submodule = file
    found: dict[str, Any] = {"path": path, "additions": additions, "deletions": deletions}
    if status != _MODIFIED:
        found["status"] = status
    if previous is not None:
        found["previous_path"] = previous
    if binary:
        found["binary"] = True
    if submodule:
        found["submodule"] = True
    return found
