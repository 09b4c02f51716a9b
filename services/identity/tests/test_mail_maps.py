"""Mail maps mean here what they mean to git."""

import subprocess
from itertools import product
from pathlib import Path

import pytest
from bdc_identity.mail_maps import Author, author_lines, mailmap_lines
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

names = st.sampled_from(["", "Ann Lee", "ann lee", "A. Lee", "Zoë", "#ann", " Ben  Ode ", "Ann\tLee"])
emails = st.sampled_from(["ann@x.org", "ANN@X.ORG", "ben@y.org", "", "a b", "ann"])
authors = st.tuples(names, emails)
entries = st.builds(lambda author: f"{author[0]} <{author[1]}>", authors)
lines = st.one_of(
    st.lists(entries, min_size=1, max_size=3).map(" ".join),
    st.sampled_from(["", "# Ann <ann@x.org>", "Ann Lee", "Ann <ann@x.org", "Ann ann@x.org>", "<", "\r"]),
    st.just("Ann <ann@x.org> # <b@y>"),
)  # fmt: skip


@pytest.fixture(scope="module")
def repository(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("repository")
    subprocess.run(["git", "init", "--quiet", str(path)], check=True)
    return path


def as_git_says(repository: Path, text: str, seen: list[tuple[str, str]]) -> list[str]:
    (repository / ".mailmap").write_text(text, encoding="utf-8", newline="")
    asked = "".join(f"{name} <{email}>\n" for name, email in seen)
    command = ["git", "-C", str(repository), "check-mailmap", "--stdin"]
    return subprocess.run(command, input=asked.encode(), capture_output=True, check=True).stdout.decode().splitlines()


def mapped(text: str, name: str, email: str) -> str:
    """What git does with the lines: those with a name go before those without, and the last of each kind wins."""
    anybody, named = Author(None, None), None
    for line in mailmap_lines(text):
        if lower(line.seen.email) != lower(email):
            continue
        if line.seen.name is None:
            anybody = Author(line.proper.name or anybody.name, line.proper.email or anybody.email)
        elif lower(line.seen.name) == lower(name):
            named = line.proper
    proper = named or anybody
    return f"{proper.name or name} <{proper.email or email}>"


def lower(text: str | None) -> str:
    return "".join(char.lower() if char.isascii() else char for char in text or "")


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(written=st.lists(lines, max_size=6))
def test_a_mail_map_says_what_git_understands(repository: Path, written: list[str]):
    text = "\n".join(written)
    seen = [*product(("Ann Lee", "ANN LEE", "A. Lee", "Zoë", "Ben  Ode"), ("ann@x.org", "Ben@Y.org", "ann", "a b"))]

    assert [mapped(text, *author) for author in seen] == as_git_says(repository, text, seen)


def test_a_list_of_authors_joins_the_addresses_of_one_line():
    text = "# Authors\n* Ann Lee <a@x.org>, <a@y.org>\nBen Ode <b@x.org>\nCem <c@x.org> and Dora <d@x.org>\n"

    assert [list(line) for line in author_lines(text)] == [[Author("Ann Lee", "a@x.org"), Author("Ann Lee", "a@y.org")]]
