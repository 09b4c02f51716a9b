"""The invariant: the commits that live in the store are those that `git rev-list --all` lists, whatever happens."""

from pathlib import Path

import pytest
from bdc_chassis.collect import RunReport
from bdc_contracts import (
    BranchAdvanced,
    BranchRemoved,
    CommitFetched,
    CommitVanished,
    DocumentChanged,
    DocumentRemoved,
    PersonSeen,
    RepositorySeen,
)

from .conftest import Make
from .repositories import Repository
from .world import World


async def test_the_store_holds_what_git_lists(world: World, repository: Repository) -> None:
    for number in range(5):
        repository.commit(f"Change {number}\n")
    repository.git("tag", "-a", "-m", "1", "v1")

    counts = await world.collected(repository.path)
    await world.project()

    assert counts == {"commits": 5, "refs": 2}
    assert await world.live() == repository.reachable()
    assert {row.ref for row in await world.rows("SELECT ref FROM ref WHERE removed_at IS NULL")} == {
        "refs/heads/main",
        "refs/tags/v1",
    }


async def test_a_second_run_publishes_nothing(world: World, repository: Repository) -> None:
    repository.commit()
    await world.collected(repository.path)

    assert await world.collected(repository.path) == {}


async def test_a_later_run_publishes_only_what_is_new(world: World, repository: Repository) -> None:
    repository.commit()
    await world.collected(repository.path)
    new = repository.commit()

    assert await world.collected(repository.path) == {"commits": 1, "refs": 1}
    await world.project()
    [_, fetched] = await world.published(CommitFetched)
    [_, advanced] = await world.published(BranchAdvanced)
    assert fetched.sha == advanced.sha == new
    assert fetched.refs == ("refs/heads/main",)
    assert advanced.previous_sha in fetched.parents
    assert not advanced.forced


async def test_an_empty_repository_is_a_repository(world: World, repository: Repository) -> None:
    assert await world.collected(repository.path) == {}
    await world.project()

    assert await world.live() == set()
    [seen] = await world.published(RepositorySeen)
    assert seen.url == "file:source"


async def test_a_force_push_takes_commits_back_and_they_may_return(world: World, repository: Repository) -> None:
    base = repository.commit()
    lost = repository.commit("Lost\n")
    await world.collected(repository.path)
    repository.git("reset", "--quiet", "--hard", base)
    repository.commit("Instead\n")

    assert await world.collected(repository.path) == {"commits": 1, "refs": 1, "vanished": 1}
    await world.project()
    assert await world.live() == repository.reachable()
    [_, advanced] = await world.published(BranchAdvanced)
    assert advanced.forced
    [removed] = await world.published(DocumentRemoved)
    assert removed.document_id.endswith(lost)

    repository.git("update-ref", "refs/heads/again", lost)
    assert await world.collected(repository.path) == {"commits": 1, "refs": 1}
    await world.project()
    assert await world.live() == repository.reachable()
    assert (await world.published(DocumentChanged))[-1].document_id.endswith(lost)


async def test_going_back_and_forth_within_the_dedup_window_loses_nothing(world: World, repository: Repository) -> None:
    one = repository.commit("One\n")
    two = repository.commit("Two\n")
    for tip in (two, one, two, one, two):
        repository.git("reset", "--quiet", "--hard", tip)
        await world.collected(repository.path)
        await world.project()

        assert await world.live() == repository.reachable()
        assert [row.sha for row in await world.rows("SELECT sha FROM ref")] == [tip]


async def test_a_deleted_branch_takes_its_commits_with_it(world: World, repository: Repository) -> None:
    repository.commit()
    repository.git("checkout", "--quiet", "-b", "topic")
    repository.commit("On a branch\n")
    await world.collected(repository.path)
    repository.git("checkout", "--quiet", "main")
    repository.git("branch", "--quiet", "-D", "topic")

    assert await world.collected(repository.path) == {"refs_removed": 1, "vanished": 1}
    await world.project()

    assert await world.live() == repository.reachable()
    [removed] = await world.published(BranchRemoved)
    assert removed.ref == "refs/heads/topic"


async def test_a_repository_that_lost_all_its_refs_has_no_commits(world: World, repository: Repository) -> None:
    repository.commit()
    await world.collected(repository.path)
    repository.git("update-ref", "-d", "refs/heads/main")

    await world.collected(repository.path)
    await world.project()

    assert await world.live() == set()


async def test_commits_that_only_a_tag_reaches_are_collected(world: World, repository: Repository) -> None:
    base = repository.commit()
    repository.commit("Tagged\n")
    repository.git("tag", "release")
    repository.git("reset", "--quiet", "--hard", base)

    await world.collected(repository.path)
    await world.project()

    assert len(await world.live()) == 2
    assert await world.live() == repository.reachable()


async def test_a_detached_head_counts_as_a_ref(world: World, repository: Repository) -> None:
    repository.commit()
    repository.git("checkout", "--quiet", "--detach")
    repository.commit("Nowhere\n")

    await world.collected(repository.path)
    await world.project()
    assert await world.live() == repository.reachable()

    repository.git("checkout", "--quiet", "main")
    await world.collected(repository.path)
    await world.project()
    assert await world.live() == repository.reachable()


async def test_a_shallow_clone_is_what_it_holds(world: World, repository: Repository, make_repository: Make) -> None:
    for _ in range(4):
        repository.commit()
    shallow = make_repository("shallow")
    shallow.git("fetch", "--quiet", "--depth=2", f"file://{repository.path}", "main:main", "--update-head-ok")

    await world.collected(shallow.path)
    await world.project()

    assert len(shallow.reachable()) == 2
    assert await world.live() == shallow.reachable()


async def test_everybody_whom_commits_name_is_seen_once(world: World, repository: Repository) -> None:
    text = "Fix\n\nCo-authored-by: Ben <7+ben@users.noreply.github.com>\nReviewed-by: Chi <chi@x.org>\n"
    repository.commit(text, GIT_COMMITTER_NAME="GitHub", GIT_COMMITTER_EMAIL="noreply@github.com")
    repository.commit(text)

    await world.collected(repository.path)
    await world.project()

    seen = {event.account: event for event in await world.published(PersonSeen)}
    assert len(await world.published(PersonSeen)) == 4
    assert set(seen) == {
        "Ann Lee <ann@example.org>",
        "GitHub <noreply@github.com>",
        "Ben <7+ben@users.noreply.github.com>",
        "Chi <chi@x.org>",
    }
    [handle] = seen["Ben <7+ben@users.noreply.github.com>"].handles
    assert (handle.platform, handle.login, handle.id) == ("github", "ben", "7")
    ann = seen["Ann Lee <ann@example.org>"]
    assert ann.first_seen != ann.last_seen
    assert len(await world.rows("SELECT * FROM person")) == 4


async def test_without_the_mirror_only_what_is_new_is_collected(
    world: World, repository: Repository, tmp_path: Path
) -> None:
    repository.commit()
    await world.collected(repository.path)
    repository.commit()
    fresh = world.elsewhere(mirror_dir=tmp_path / "other-mirrors")

    assert (await fresh.collected(repository.path))["commits"] == 1
    await world.project()
    assert await world.live() == repository.reachable()


async def test_without_the_mirror_a_force_push_is_found_by_collecting_anew(
    world: World, repository: Repository, make_repository: Make, tmp_path: Path
) -> None:
    base = repository.commit()
    gone = repository.commit("Gone\n")
    repository.git("branch", "side")
    await world.collected(repository.path)
    repository.git("reset", "--quiet", "--hard", base)
    repository.git("branch", "-D", "side")
    repository.git("reflog", "expire", "--expire=now", "--all")
    repository.git("gc", "--quiet", "--prune=now")
    fresh = world.elsewhere(mirror_dir=tmp_path / "other-mirrors")

    assert (await fresh.collected(repository.path))["commits"] == 1
    await world.project()

    assert await world.live() == repository.reachable() == {base}
    assert {row.ref for row in await world.rows("SELECT ref FROM ref WHERE removed_at IS NULL")} == {"refs/heads/main"}
    assert [event.document_id[-40:] for event in await world.published(DocumentRemoved)] == [gone]


async def test_without_the_cursor_the_truth_is_found_by_collecting_anew(world: World, repository: Repository) -> None:
    base = repository.commit()
    repository.commit("Gone\n")
    await world.collected(repository.path)
    repository.git("reset", "--quiet", "--hard", base)
    await world.bus.js.purge_stream("KV_bdc-cursors")

    await world.collected(repository.path)
    await world.project()

    assert await world.live() == repository.reachable() == {base}


async def test_line_counts_can_be_added_later(world: World, repository: Repository) -> None:
    repository.commit(files={"a": "1\n2\n"})
    await world.collected(repository.path, stats=False)
    await world.project()
    assert await world.rows("SELECT * FROM commit_file") == []

    assert (await world.collected(repository.path))["commits"] == 1
    await world.project()

    [file] = await world.rows("SELECT path, additions FROM commit_file")
    assert tuple(file) == ("a", 2)
    assert await world.collected(repository.path, stats=False) == {}


async def test_the_mirror_can_be_read_again_without_the_source(world: World, repository: Repository) -> None:
    repository.commit()
    repository.commit()
    await world.collected(repository.path)
    await world.project()
    before = await world.live()
    repository.commit("Not yet\n")

    assert (await world.collected(repository.path, from_archive=True))["commits"] == 2
    await world.project()

    assert await world.live() == before


async def test_a_commit_too_big_for_a_message_arrives(world: World, repository: Repository) -> None:
    repository.commit("Big\n\n" + "word " * 200_000)
    lines = b"".join(b"M 100644 inline f%d\ndata 2\nx\n\n" % number for number in range(5_000))
    who = b"A <a@b> 5 +0000"
    stream = b"commit refs/heads/wide\nauthor %s\ncommitter %s\ndata 4\nWide\n%s\n" % (who, who, lines)
    repository.git("fast-import", "--quiet", stdin=stream)

    await world.collected(repository.path)
    await world.project()

    assert await world.live() == repository.reachable()
    [row] = await world.rows(
        "SELECT max(length(message)) AS longest, (SELECT count(*) FROM commit_file) AS files FROM commit"
    )
    assert row.longest > 1_000_000
    assert row.files == 5_001


async def test_thousands_of_refs_fit_the_cursor(world: World, repository: Repository) -> None:
    base = repository.commit()
    repository.git(
        "update-ref", "--stdin", stdin="".join(f"create refs/pull/{n}/head {base}\n" for n in range(3)).encode()
    )
    repository.git("pack-refs", "--all")
    shas = [repository.object(author=b"A <a@b> %d +0000" % number) for number in range(300)]
    commands = "".join(f"create refs/pull/{n}/merge {shas[n % 300]}\n" for n in range(6_000))
    repository.git("update-ref", "--stdin", stdin=commands.encode())

    first = await world.collected(repository.path)
    repository.git("update-ref", "-d", "refs/pull/5/merge")

    assert first["refs"] == 6_004
    assert await world.collected(repository.path) == {"refs_removed": 1}


async def test_one_bad_repository_does_not_stop_another(world: World, make_repository: Make) -> None:
    good, bad = make_repository("good"), make_repository("bad")
    good.commit()
    bad.commit()
    tip = bad.git("rev-parse", "HEAD^{tree}")
    (bad.path / ".git" / "objects" / tip[:2] / tip[2:]).unlink()

    report: RunReport = await world.collect(bad.path, good.path)

    outcomes = {each.partition.split("-")[0]: each.outcome.value for each in report.partitions}
    assert report.exit_code == 1
    assert outcomes["local/good"] == "succeeded"
    assert outcomes["local/bad"] != "succeeded"
    assert all(str(bad.path) not in (each.error or "") for each in report.partitions)


async def test_vanished_commits_are_published_under_their_snapshot(world: World, repository: Repository) -> None:
    base, lost = repository.commit(), repository.commit()
    await world.collected(repository.path)
    repository.git("reset", "--quiet", "--hard", base)
    await world.collected(repository.path)

    [vanished] = await world.published(CommitVanished)
    assert vanished.sha == lost


@pytest.mark.parametrize("what", ["folder", "nothing", "file"])
async def test_what_is_no_repository_gets_one_sentence(world: World, tmp_path: Path, what: str) -> None:
    path = tmp_path / what
    if what == "folder":
        path.mkdir()
    if what == "file":
        path.write_text("no bundle")

    try:
        report = await world.collect(path)
        error = report.partitions[0].error or ""
    except Exception as refused:  # noqa: BLE001  (validate refuses what the file system tells)
        error = str(refused)

    assert "repository" in error
    assert "\n" not in error
