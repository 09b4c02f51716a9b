"""The events of the bus benchmark: documents whose payload is 1 KiB."""

from datetime import UTC, datetime, timedelta

from bdc_contracts import DocumentChanged, PersonRef

PAYLOAD_BYTES = 1024
BEGIN = datetime(2024, 1, 1, tzinfo=UTC)


def document(number: int, run: str = "") -> DocumentChanged:
    """Return event `number` of a run; each has an id of its own."""
    event = _document(number, run, "")
    return _document(number, run, ("lorem ipsum " * 80)[: PAYLOAD_BYTES - len(event.to_json()) - len(',"text":""')])


def _document(number: int, run: str, text: str) -> DocumentChanged:
    return DocumentChanged(
        domain="github",
        document_id=f"github:commit:boostorg/asio:{run}:{number:040x}",
        kind="commit",
        container="boostorg/asio",
        title=f"Commit number {number}",
        text=text,
        url=f"https://example.org/boostorg/asio/commit/{number:040x}",
        author=PersonRef(platform="git", account="Ann Lee <ann@example.org>", name="Ann Lee"),
        occurred_at=BEGIN + timedelta(seconds=number),
        revised_at=BEGIN + timedelta(seconds=number),
    )
