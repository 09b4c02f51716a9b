"""What real git prints of real repositories, read as records."""

from datetime import UTC, datetime

import pytest
from bdc_chassis.git import GitFailed
from bdc_github.source.history import MANY_COMMITS, list_history, read_history, read_ids
from bdc_github.source.records import Commit, FileChange, Trailer
from bdc_github.source.refs import is_ancestor, peel, read_refs

from .repositories import Repository


async def history(repository: Repository, *, stats: bool = True) -> dict[str, Commit]:
    refs = await read_refs(repository.path)
    batches = read_history(repository.path, await list_history(repository.path, refs.tips()), stats=stats)
    return {commit.sha: commit async for batch in batches for commit in batch}


async def only(repository: Repository) -> Commit:
    [commit] = (await history(repository)).values()
    return commit


async def test_an_empty_repository_has_no_history(repository: Repository) -> None:
    refs = await read_refs(repository.path)

    assert (refs.commits, refs.others) == ({}, {})
    assert await history(repository) == {}
    assert await list_history(repository.path, refs.tips()) == []


async def test_a_root_commit_adds_its_files(repository: Repository) -> None:
    sha = repository.commit("First\n", files={"a.txt": "1\n2\n", "b/c.txt": "1\n"})

    commit = await only(repository)

    assert (commit.sha, commit.parents, commit.message) == (sha, (), "First\n")
    assert commit.files == (
        FileChange("a.txt", "added", None, 2, 0),
        FileChange("b/c.txt", "added", None, 1, 0),
    )
    assert commit.author.name == "Ann Lee"
    assert commit.author.at is not None
    assert commit.author.at.isoformat() == "2023-11-15T00:14:20+02:00"


async def test_renames_binaries_symlinks_and_modes_are_told_apart(repository: Repository) -> None:
    text = "".join(f"line {number}\n" for number in range(50))
    repository.commit(files={"dir/old.txt": text, "image.png": b"\x00\x01" * 200, "tool": "#!/bin/sh\n"})
    repository.git("mv", "dir/old.txt", "new.txt")
    (repository.path / "new.txt").write_text(text + "one more\n")
    (repository.path / "tool").chmod(0o755)
    (repository.path / "link").symlink_to("new.txt")
    sha = repository.commit(files={"image.png": b"\x00\x02" * 200})

    files = (await history(repository))[sha].files

    assert {file.path: file for file in files} == {
        "image.png": FileChange("image.png", "modified", None, None, None, binary=True),
        "link": FileChange("link", "added", None, 1, 0),
        "new.txt": FileChange("new.txt", "renamed", "dir/old.txt", 1, 0),
        "tool": FileChange("tool", "modified", None, 0, 0),
    }


async def test_paths_may_hold_anything(repository: Repository) -> None:
    names = ["tab\there", "line\nbreak", 'quo"te', "späß €", "\x1ecommit", ":100644 x", "5\t6\tx", "{a => b}", "-"]
    repository.commit(files=dict.fromkeys(names, "x\n"))
    (repository.path.joinpath(b"caf\xe9".decode("utf-8", "surrogateescape"))).write_text("x\n")
    last = repository.commit()

    commits = await history(repository)

    paths = {file.path for commit in commits.values() for file in commit.files}
    assert paths >= {*names, "caf\\xe9"}
    assert {file.additions for file in commits[last].files} == {1}


async def test_a_submodule_is_marked(repository: Repository) -> None:
    repository.git("update-index", "--add", "--cacheinfo", f"160000,{'ab' * 20},libs/asio")
    repository.git("commit", "--quiet", "-m", "Add asio")

    assert (await only(repository)).files == (FileChange("libs/asio", "added", None, 1, 0, submodule=True),)


async def test_merges_show_no_files_and_an_octopus_has_all_its_parents(repository: Repository) -> None:
    base = repository.commit("Base")
    tips = []
    for name in ("one", "two", "three"):
        repository.git("checkout", "--quiet", "-b", name, base)
        tips.append(repository.commit(name))
    repository.git("checkout", "--quiet", "main")
    repository.git("merge", "--quiet", "--no-ff", "-m", "Octopus", *("one", "two", "three"))
    octopus = repository.git("rev-parse", "HEAD")

    commit = (await history(repository))[octopus]

    assert set(commit.parents) >= set(tips)
    assert commit.files == ()


@pytest.mark.parametrize(
    ("encoding", "declared"), [("latin-1", "ISO-8859-1"), ("shift_jis", "Shift_JIS"), ("utf-8", "")]
)
async def test_declared_charsets_are_decoded(repository: Repository, encoding: str, declared: str) -> None:
    text = {"latin-1": "Änderung für Müller", "shift_jis": "日本語の変更", "utf-8": "変更 für ß"}[encoding]
    raw = text.encode(encoding)
    head = f"encoding {declared}".encode() if declared else b""
    sha = repository.object(author=raw + b" <a@x.org> 5 +0000", message=raw + b"\n", head=head)
    repository.git("update-ref", "refs/heads/main", sha)

    commit = await only(repository)

    assert (commit.author.name, commit.message) == (text, text + "\n")


@pytest.mark.parametrize(
    "author",
    [
        b"A <a@b> -5 +0000",
        b"A <a@b> 99999999999999999999999 +0000",
        b"A <a@b> 253402300800 +0000",
        b"A <a@b> 18446744073709551615 +0000",
        b"A <a@b>",
        b"A <a@b> x y",
        b"nobody",
        b" <> 5 -0330",
        b"\xff\xfe <\x80> 5 +0000",
        b"A <a <b>> 5 +123456",
    ],
)
async def test_broken_headers_never_stop_a_history(repository: Repository, author: bytes) -> None:
    good = repository.object(author=b"A <a@b> 5 +0000")
    repository.git("update-ref", "refs/heads/main", repository.object(author=author, parents=(good,)))

    commits = await history(repository)

    assert set(commits) == repository.reachable()
    assert len(commits) == 2


async def test_messages_may_be_empty_or_hold_a_nul(repository: Repository) -> None:
    for name, message in {"empty": b"", "nul": b"before\0after\n", "mark": b"\x1e" + b"a" * 40 + b"\n"}.items():
        sha = repository.object(author=name.encode() + b" <a@b> 5 +0000", message=message)
        repository.git("update-ref", f"refs/heads/{name}", sha)

    messages = {commit.author.name: commit.message for commit in (await history(repository)).values()}

    assert messages == {"empty": "", "nul": "before", "mark": "\x1e" + "a" * 40 + "\n"}


async def test_trailers_are_those_that_git_finds(repository: Repository) -> None:
    repository.commit(
        "Subject: not a trailer\n\nNote: nor this.\n\nFixes: #1\n"
        "Co-authored-by: Ben\n <ben@x.org>\nSigned-off-by: Ann Lee <ann@x.org>\n"
    )

    assert (await only(repository)).trailers == (
        Trailer("Fixes", "#1"),
        Trailer("Co-authored-by", "Ben <ben@x.org>", "Ben", "ben@x.org"),
        Trailer("Signed-off-by", "Ann Lee <ann@x.org>", "Ann Lee", "ann@x.org"),
    )


async def test_without_stats_there_are_no_files(repository: Repository) -> None:
    sha = repository.commit("First\n")

    assert (await history(repository, stats=False))[sha].files == ()


async def test_only_what_is_new_is_read(repository: Repository) -> None:
    old = repository.commit()
    new = repository.commit()

    assert await list_history(repository.path, [new], [old]) == [new]
    assert [sha async for batch in read_ids(repository.path, [new], [old]) for sha in batch] == [new]


async def test_tags_are_peeled_and_what_is_no_commit_is_kept_apart(repository: Repository) -> None:
    sha = repository.commit()
    repository.git("tag", "-a", "-m", "1", "v1")
    repository.git("tag", "-a", "-m", "nested", "nested", "v1")
    blob = repository.git("hash-object", "-w", "--stdin", stdin=b"x")
    repository.git("update-ref", "refs/notes/blob", blob)
    repository.git("tag", "-a", "-m", "blob", "of-blob", blob)

    refs = await read_refs(repository.path)

    assert refs.commits == {"refs/heads/main": sha, "refs/tags/v1": sha, "refs/tags/nested": sha}
    assert set(refs.others) == {"refs/notes/blob", "refs/tags/of-blob"}


async def test_replaced_objects_are_seen_as_they_are(repository: Repository) -> None:
    old = repository.commit("Before\n")
    other = repository.commit("After\n")
    repository.git("reset", "--quiet", "--hard", old)
    repository.git("replace", old, other)

    commits = await history(repository)

    assert commits[old].message == "Before\n"


async def test_missing_objects_are_not_peeled(repository: Repository) -> None:
    sha = repository.commit()

    assert await peel(repository.path, [sha, "ab" * 20]) == {sha: sha}


async def test_ancestors_are_known(repository: Repository) -> None:
    old, new = repository.commit(), repository.commit()

    assert await is_ancestor(repository.path, old, new)
    assert not await is_ancestor(repository.path, new, old)


async def test_a_damaged_history_is_an_error(repository: Repository) -> None:
    repository.commit()
    tip = repository.commit()
    parent = repository.git("rev-parse", "HEAD^")
    (repository.path / ".git" / "objects" / parent[:2] / parent[2:]).unlink()

    with pytest.raises(GitFailed, match="rev-list failed"):
        await list_history(repository.path, [tip])
    with pytest.raises(GitFailed, match="log failed"):
        _ = [batch async for batch in read_history(repository.path, [tip, parent])]


async def test_a_long_history_is_read_once_each_whoever_reads_it(repository: Repository) -> None:
    one = b"commit refs/heads/main\ncommitter A <a@example.org> %d +0000\ndata 1\nx\nM 100644 inline f\ndata %d\n%s\n"
    lines = b"".join(one % (number, len(b"%d" % number), b"%d" % number) for number in range(MANY_COMMITS + 300))
    repository.git("fast-import", "--quiet", stdin=lines)
    ids = repository.git("rev-list", "--all").split()

    read = [each async for batch in read_history(repository.path, ids) for each in batch]

    assert sorted(commit.sha for commit in read) == sorted(ids)
    assert all(len(commit.files) == 1 for commit in read)


async def test_ten_thousand_files_in_one_commit_are_read(repository: Repository) -> None:
    lines = b"".join(b"M 100644 inline f%d\ndata 2\nx\n\n" % number for number in range(10_000))
    who = b"A <a@b> 5 +0000"
    stream = b"commit refs/heads/main\nauthor %s\ncommitter %s\ndata 1\nx\n%s\n" % (who, who, lines)
    repository.git("fast-import", "--quiet", stdin=stream)

    commit = await only(repository)

    assert len(commit.files) == 10_000
    assert commit.author.at == datetime(1970, 1, 1, 0, 0, 5, tzinfo=UTC)
