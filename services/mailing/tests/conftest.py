"""Mail to test with: made here, and the real archive where it is present."""

from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from pathlib import Path

import pytest

REAL_ARCHIVE = Path(__file__).parents[3].parent / "shared" / "data" / "mail" / "linux-mips.mbox.gz"


@pytest.fixture(scope="session")
def real_archive() -> Path:
    if not REAL_ARCHIVE.is_file():
        pytest.skip("the real archive ../shared/data/mail/linux-mips.mbox.gz is not here")
    return REAL_ARCHIVE


def mail(number: int, *, body: str = "Hello, list.", **headers: str) -> bytes:
    """Return a well-formed message; headers replace or, with an empty value, remove the usual ones."""
    fields = {
        "Message-ID": f"<{number}@example.org>",
        "From": f"Ann Lee <ann{number % 7}@example.org>",
        "To": "boost@lists.example.org",
        "Subject": f"Subject {number}",
        "Date": f"Mon, 05 Jan 2004 10:{number // 60 % 60:02}:{number % 60:02} +0000",
    }
    fields |= {name.replace("_", "-"): value for name, value in headers.items()}
    head = "".join(f"{name}: {value}\n" for name, value in fields.items() if value)
    return f"{head}\n{body}\n".encode("utf-8", "surrogateescape")


def mbox(messages: Iterable[bytes], *, envelope: bytes = b"From ann@example.org Mon Jan  5 10:00:00 2004\n") -> bytes:
    """Return the mbox of messages, unquoted as they are."""
    return b"".join(envelope + message + b"\n" for message in messages)


@pytest.fixture
def make_mbox(tmp_path: Path) -> Callable[..., Path]:
    def make(messages: Iterable[bytes], name: str = "list.mbox") -> Path:
        path = tmp_path / name
        path.write_bytes(mbox(messages))
        return path

    return make


def moment(text: str) -> datetime:
    """Return a moment, UTC where it names no zone."""
    found = datetime.fromisoformat(text)
    return found if found.tzinfo else found.replace(tzinfo=UTC)
