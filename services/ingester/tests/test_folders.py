import errno
import gzip
import os
import re
import resource
import threading
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import zstandard
from bdc_chassis.errors import ConfigurationError
from bdc_ingester.folders import (
    Compression,
    Folder,
    Folders,
    Stamp,
    SyncGroup,
    TargetExists,
    UnsafeName,
    compress_new,
    exclusive_rename,
    move_new,
    moving,
    remove_older,
    safe_name,
    write_new,
)
from bdc_ingester.folders.names import is_part
from hypothesis import given
from hypothesis import strategies as st

MOMENT = datetime(2026, 3, 4, 5, 6, tzinfo=UTC)


@pytest.fixture
def folders(tmp_path):
    folders = Folders(tmp_path / "root")
    folders.create()
    return folders


@pytest.fixture
def other_file_system(tmp_path):
    """A folder in another file system than `tmp_path`."""
    import tempfile  # noqa: PLC0415

    memory = Path("/dev/shm")  # noqa: S108  (the one other file system that machines have)
    if not memory.is_dir() or memory.stat().st_dev == tmp_path.stat().st_dev or not os.access(memory, os.W_OK):
        pytest.skip("there is no second file system here")
    with tempfile.TemporaryDirectory(dir=memory) as folder:
        yield Path(folder)


@pytest.fixture(params=["in one step", "by link and unlink"])
def _either_rename(request, monkeypatch):
    if request.param == "by link and unlink":
        monkeypatch.setattr(exclusive_rename, "_rename", None)


def written(path, content="x"):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(content)
    return path


def contents(folder):
    return {path.name: path.read_text() for path in folder.iterdir()}


# Names


@given(
    st.text(max_size=300) | st.sampled_from(["../x", "..", ".", "", "/etc/passwd", "a/../../b", "a//b", "a/", "a\0b"])
)
def test_a_name_that_is_taken_stays_in_its_folder(tmp_path_factory, name):
    root = tmp_path_factory.getbasetemp() / "named"
    folders = Folders(root)
    try:
        path = folders.make(Folder.PROC, name)
    except UnsafeName:
        return
    place = folders.path(Folder.PROC).resolve()
    assert path.parent.resolve().is_relative_to(place)
    assert os.path.normpath(path) == str(path)
    assert path.name not in {"", ".", ".."}


@given(st.text(max_size=300))
def test_a_safe_name_can_be_a_file(name):
    try:
        safe_name(name)
    except UnsafeName:
        return
    assert "/" not in name
    assert 0 < len(os.fsencode(name)) <= 255
    assert all(char.isprintable() or ord(char) > 127 for char in name)


@pytest.mark.parametrize("step", ["link", "link/inner", "a/link"])
def test_a_link_below_a_folder_leads_nowhere(folders, tmp_path, step):
    outside = tmp_path / "outside"
    (outside / "inner").mkdir(parents=True)
    proc = folders.path(Folder.PROC)
    (proc / "a").mkdir()
    (proc / "link").symlink_to(outside)
    (proc / "a" / "link").symlink_to(outside)
    source = written(tmp_path / "x.json")
    for attempt in (
        lambda: folders.make(Folder.PROC, f"{step}/x.json"),
        lambda: folders.move(source, Folder.PROC, base=step),
        lambda: folders.list(Folder.PROC, base=step),
    ):
        with pytest.raises(UnsafeName, match="no folder"):
            attempt()
    assert source.exists()
    assert list(outside.rglob("*.json")) == []


def test_the_folders_themselves_may_be_elsewhere(tmp_path):
    (tmp_path / "disk").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "disk")
    folders = Folders(tmp_path / "root", locations={Folder.ARCHIVE: tmp_path / "link"})
    archived = folders.move_archive(written(tmp_path / "x.json"), "job-1", moment=MOMENT)
    assert archived.resolve() == tmp_path / "disk" / "2026" / "03" / "04" / "job-1" / "x.json"


# Lists


def test_files_are_listed_by_whole_names_in_order(folders):
    for name in ("b.json", "a.json", "a.json.temp", "c.txt"):
        written(folders.path(Folder.TRANSFER) / name)
    (folders.path(Folder.TRANSFER) / "d.json").mkdir()
    (folders.path(Folder.TRANSFER) / "e.json").symlink_to("a.json")
    written(folders.path(Folder.TRANSFER) / ".f.json.0123.part")
    names = [path.name for path in folders.list(Folder.TRANSFER, r".*\.json")]
    assert names == ["a.json", "b.json"]
    assert [path.name for path in folders.list(Folder.TRANSFER, re.compile("C.TXT", re.IGNORECASE))] == ["c.txt"]
    assert len(folders.list(Folder.TRANSFER)) == 4


def test_a_folder_that_is_not_there_has_no_files(tmp_path):
    assert Folders(tmp_path / "none").list(Folder.PROC) == []
    folders = Folders(tmp_path / "root")
    folders.create()
    assert folders.list(Folder.PROC, base="project") == []


def test_each_base_has_its_own_files(folders, tmp_path):
    folders.move(written(tmp_path / "a.json"), Folder.PROC, base="project/sub")
    assert folders.list(Folder.PROC) == []
    assert [path.name for path in folders.list(Folder.PROC, base="project/sub")] == ["a.json"]


# Moves


@pytest.mark.usefixtures("_either_rename")
def test_a_move_overwrites_nothing(folders, tmp_path):
    moved = folders.move(written(tmp_path / "a.json", "first"), Folder.PROC)
    second = written(tmp_path / "a.json", "second")
    with pytest.raises(TargetExists):
        folders.move(second, Folder.PROC)
    assert (moved.read_text(), second.read_text()) == ("first", "second")


@pytest.mark.usefixtures("_either_rename")
def test_of_many_that_move_to_one_name_at_once_one_arrives_and_none_is_lost(tmp_path):
    target = tmp_path / "target"
    sources = [written(tmp_path / str(number) / "a", str(number)) for number in range(40)]
    arrived = []

    def attempt(source):
        try:
            move_new(source, target)
            arrived.append(source)
        except TargetExists:
            pass

    threads = [threading.Thread(target=attempt, args=(source,)) for source in sources]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    [winner] = arrived
    assert target.read_text() == winner.parent.name
    assert [source.exists() for source in sources].count(True) == 39


@pytest.mark.usefixtures("_either_rename")
def test_a_move_that_a_crash_ended_between_its_two_steps_is_finished(tmp_path):
    source = written(tmp_path / "a")
    os.link(source, tmp_path / "b")
    move_new(source, tmp_path / "b")
    assert contents(tmp_path) == {"b": "x"}


def test_a_move_to_another_file_system_keeps_content_time_and_mode(tmp_path, other_file_system):
    source = written(tmp_path / "a", "content")
    source.chmod(0o604)
    os.utime(source, (1_000_000, 1_000_000))
    move_new(source, other_file_system / "a")
    status = (other_file_system / "a").stat()
    assert contents(other_file_system) == {"a": "content"}
    assert (status.st_mtime, status.st_mode & 0o777) == (1_000_000, 0o604)
    assert not source.exists()


def test_a_move_to_another_file_system_overwrites_nothing(tmp_path, other_file_system):
    source = written(tmp_path / "a", "mine")
    written(other_file_system / "a", "theirs")
    with pytest.raises(TargetExists):
        move_new(source, other_file_system / "a")
    assert (contents(tmp_path), contents(other_file_system)) == ({"a": "mine"}, {"a": "theirs"})


def test_a_copy_that_a_crash_left_beside_its_source_counts_as_moved(tmp_path, other_file_system):
    source = written(tmp_path / "a", "same")
    written(other_file_system / "a", "same")
    move_new(source, other_file_system / "a")
    assert not source.exists()


def test_a_full_disk_leaves_the_source_and_nothing_else(tmp_path, other_file_system, monkeypatch):
    def full(*_arguments):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(moving.shutil, "copyfileobj", full)
    source = written(tmp_path / "a")
    with pytest.raises(OSError, match="No space"):
        move_new(source, other_file_system / "a")
    assert source.exists()
    assert list(other_file_system.iterdir()) == []


def test_what_a_disk_does_not_take_is_not_left_behind(tmp_path):
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (10, limits[1]))
    try:
        with pytest.raises(OSError, match="too large"):
            write_new(tmp_path / "a", b"x" * 100)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    assert list(tmp_path.iterdir()) == []


def test_what_is_no_file_does_not_move_to_another_file_system(tmp_path, other_file_system):
    os.mkfifo(tmp_path / "fifo")
    with pytest.raises(OSError, match="regular"):
        move_new(tmp_path / "fifo", other_file_system / "fifo")
    (tmp_path / "link").symlink_to("/etc/passwd")
    with pytest.raises(OSError, match="symbolic"):
        move_new(tmp_path / "link", other_file_system / "link")


# Archive


def test_the_archive_has_a_folder_for_each_day_and_id(folders, tmp_path):
    archived = folders.move_archive(written(tmp_path / "a.json"), "job-1", moment=MOMENT, base="project")
    assert archived == folders.path(Folder.ARCHIVE) / "project" / "2026" / "03" / "04" / "job-1" / "a.json"


@pytest.mark.parametrize("compression", list(Compression))
def test_what_is_archived_compressed_can_be_read_again(folders, tmp_path, compression):
    source = written(tmp_path / "a.json", "content " * 10_000)
    archived = folders.move_archive(source, "job-1", moment=MOMENT, compression=compression)
    data = archived.read_bytes()
    plain = (
        gzip.decompress(data)
        if compression is Compression.GZIP
        else zstandard.ZstdDecompressor().stream_reader(data).read()
    )
    assert plain.decode() == "content " * 10_000
    assert (archived.name, len(data) < 10_000) == (f"a.json{compression.extension}", True)
    assert not source.exists()


@pytest.mark.parametrize("compression", list(Compression))
def test_compression_that_a_crash_ended_before_the_source_went_is_finished(tmp_path, compression):
    source, target = written(tmp_path / "a"), tmp_path / "a.compressed"
    compress_new(source, target, compression)
    compress_new(written(source), target, compression)
    assert not source.exists()


@pytest.mark.parametrize("compression", list(Compression))
@pytest.mark.parametrize("before", [b"damaged", b""])
def test_compression_overwrites_nothing_else(tmp_path, compression, before):
    source, target = written(tmp_path / "a", "x" * 100), tmp_path / "a.compressed"
    target.write_bytes(before)
    with pytest.raises(TargetExists):
        compress_new(source, target, compression)
    assert source.exists()
    assert target.read_bytes() == before


@pytest.mark.parametrize(
    "pattern",
    ["{month}/../..", "/{year}", "{year}//{day}", "{name}", "{0}", "{}", "{id.real}", "{id!r}", "{year:>9}", "{"],
)
def test_a_stamp_that_makes_no_folders_is_a_configuration_error(pattern):
    with pytest.raises(ConfigurationError, match="stamp"):
        Stamp(pattern)


@pytest.mark.parametrize("identity", ["../x", "a/b", "", ".."])
def test_an_id_that_is_no_folder_is_refused(identity):
    with pytest.raises(UnsafeName):
        Stamp("{id}").folders(MOMENT, identity)


def test_a_stamp_may_have_every_part_of_the_moment():
    assert Stamp("{year}{month}/{day}-{hour}{minute}/{id}").folders(MOMENT, "j") == ("202603", "04-0506", "j")
    assert Stamp("").folders(MOMENT, "j") == ()


# Scratch files


def test_scratch_files_are_nobody_elses(folders):
    paths = {folders.make_temp() for _ in range(20)} | {folders.make_temp(folder=True) for _ in range(20)}
    assert len(paths) == 40
    assert all(path.exists() and path.parent == folders.path(Folder.TEMP) for path in paths)
    assert folders.make(Folder.PROC) != folders.make(Folder.PROC)


def test_forgotten_scratch_files_go_and_those_in_use_stay(folders, tmp_path):
    old, new = folders.make_temp(), folders.make_temp()
    old_folder, used_folder = folders.make_temp(folder=True), folders.make_temp(folder=True)
    outside = written(tmp_path / "outside" / "kept")
    (old_folder / "link").symlink_to(outside.parent)
    written(used_folder / "deep" / "new")
    for path in (old, old_folder / "link", old_folder, used_folder):
        os.utime(path, (0, 0), follow_symlinks=False)
    assert folders.clean_temp(timedelta(hours=1)) == 2
    assert {path.name for path in folders.path(Folder.TEMP).iterdir()} == {new.name, used_folder.name}
    assert outside.exists()


def test_the_unfinished_parts_of_moves_go_by_age(tmp_path):
    for name in (".a.0123.part", ".b.4567.part", "c.json"):
        os.utime(written(tmp_path / name), (0, 0))
    written(tmp_path / ".d.89ab.part")
    assert remove_older(tmp_path, datetime.now(UTC) - timedelta(hours=1)) == 2
    assert set(contents(tmp_path)) == {"c.json", ".d.89ab.part"}


def test_a_write_that_fails_leaves_nothing(tmp_path):
    written(tmp_path / "a", "first")
    with pytest.raises(TargetExists):
        write_new(tmp_path / "a", b"second")
    assert contents(tmp_path) == {"a": "first"}
    assert not any(map(is_part, tmp_path.iterdir()))


def test_each_touched_directory_is_synced_once(tmp_path, monkeypatch):
    synced = []
    monkeypatch.setattr("bdc_ingester.folders.syncing.sync_directory", synced.append)
    group = SyncGroup()
    (tmp_path / "a").mkdir()
    for _ in range(100):
        group.touched(tmp_path, tmp_path / "a", tmp_path / "gone")
    group.sync()
    group.sync()
    assert sorted(synced) == [tmp_path, tmp_path / "a"]
