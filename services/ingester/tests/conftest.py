"""Submissions to test with: made here, and the real ones where they are present."""

import tarfile
from pathlib import Path

import pytest

REAL_SUBMISSIONS = Path(__file__).parents[3].parent / "shared" / "data" / "kcidb" / "submissions.tar.gz"


@pytest.fixture(scope="session")
def real_submissions() -> dict[str, bytes]:
    """Return the bytes of every real submission by the name of its file."""
    if not REAL_SUBMISSIONS.is_file():
        pytest.skip("the real submissions ../shared/data/kcidb/submissions.tar.gz are not here")
    with tarfile.open(REAL_SUBMISSIONS) as archive:
        files = [member for member in archive if member.isfile()]
        return {member.name: archive.extractfile(member).read() for member in files}
