"""The raw archive gives back the bytes that it was given, or says that it cannot."""

import io
import json
import tracemalloc
from pathlib import Path

import pytest
from bdc_chassis.archive import FileArchive
from bdc_chassis.errors import CommandError, ValidationFailed
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st


@pytest.fixture
def archive(tmp_path: Path) -> FileArchive:
    return FileArchive(tmp_path / "archive")


def put(archive: FileArchive, data: bytes, source: str = "mailing/boost") -> str:
    return archive.put(data, media_type="message/rfc822", source=source, meta={"list": "boost"})


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(st.binary(max_size=5000), st.text(st.characters(codec="utf-8"), min_size=1, max_size=300))
def test_any_bytes_from_any_source_come_back(archive, data, source):
    ref = archive.put(data, media_type="application/octet-stream", source=source)

    assert archive.get(ref) == data
    assert ref in {entry.ref for entry in archive.list(source)}


def test_the_reference_is_the_digest_of_the_content(archive):
    assert put(archive, b"") == "sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"


def test_the_same_bytes_are_stored_once(archive):
    put(archive, b"same")
    put(archive, b"same")
    put(archive, b"same", source="mailing/other")

    assert len(list(archive.root.glob("objects/*/*"))) == 1
    assert len(list(archive.list())) == 2


def test_entries_come_per_source_in_the_order_of_arrival(archive):
    refs = [put(archive, str(number).encode()) for number in range(20)]
    put(archive, b"elsewhere", source="mailing/boost-users")

    assert [entry.ref for entry in archive.list("mailing/boost/")] == []
    assert [entry.ref for entry in archive.list("mailing/boost") if entry.source == "mailing/boost"] == refs
    assert len(list(archive.list("mailing/"))) == 21
    assert list(archive.list("github/")) == []


def test_an_entry_says_what_it_is(archive):
    put(archive, b"text")
    [entry] = archive.list()

    assert (entry.media_type, entry.source, entry.size, entry.meta) == (
        "message/rfc822",
        "mailing/boost",
        4,
        {"list": "boost"},
    )


def test_a_file_of_any_size_takes_little_memory(archive, tmp_path):
    path = tmp_path / "large"
    with path.open("wb") as file:
        for number in range(64):
            file.write(number.to_bytes(4, "big") * (256 * 1024))
    tracemalloc.start()
    ref = archive.put_file(path, media_type="application/mbox", source="mailing/x")
    with archive.open(ref) as stream:
        size = sum(len(chunk) for chunk in iter(lambda: stream.read(1 << 16), b""))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()

    assert size == 64 * 1024 * 1024
    assert peak < 16 * 1024 * 1024


def test_a_stream_can_be_read_by_lines(archive):
    ref = archive.put_file(io.BytesIO(b"one\ntwo\n"), media_type="text/plain", source="x")

    with archive.open(ref) as stream:
        assert list(stream) == [b"one\n", b"two\n"]


@pytest.mark.parametrize("change", [lambda data: data[:-4], lambda data: data[:-1] + b"!", lambda _data: b"junk"])
def test_damage_is_noticed(archive, change):
    ref = put(archive, b"what was received" * 100)
    [path] = archive.root.glob("objects/*/*")
    path.write_bytes(change(path.read_bytes()))

    with pytest.raises(ValidationFailed, match=f"{ref} is damaged"):
        archive.get(ref)


def test_another_object_under_the_name_is_noticed(archive):
    ref = put(archive, b"mine")
    put(archive, b"other")
    mine, other = (
        next(archive.root.glob(f"objects/*/{each.removeprefix('sha256:')}.zst"))
        for each in (ref, put(archive, b"other"))
    )
    mine.write_bytes(other.read_bytes())

    with pytest.raises(ValidationFailed):
        archive.get(ref)


@pytest.mark.parametrize("ref", ["sha256:" + "0" * 64, "../../etc/passwd", "sha256:../x"])
def test_an_unknown_reference_is_one_sentence(archive, ref):
    with pytest.raises(CommandError, match="has no object"):
        archive.get(ref)


@pytest.mark.parametrize("source", ["../../outside", "a/../../b", "/etc/x", "a//b", ".", "x" * 400])
def test_no_source_leads_out_of_the_archive(archive, source, tmp_path):
    put(archive, b"data", source=source)

    inside = {path for path in archive.root.rglob("*") if path.is_file()}
    assert {path for path in tmp_path.rglob("*") if path.is_file()} == inside
    assert [entry.source for entry in archive.list(source)] == [source]


def test_a_failed_write_leaves_no_object(archive):
    class Broken(io.RawIOBase):
        def read(self, _size: int = -1) -> bytes:
            raise OSError(28, "No space left on device")

    with pytest.raises(OSError, match="No space"):
        archive.put_file(Broken(), media_type="x", source="x")

    assert [path for path in archive.root.rglob("*") if path.is_file()] == []


def test_metadata_is_plain_json(archive):
    put(archive, b"text")
    [path] = archive.root.glob("sources/mailing/boost/*.json")

    assert json.loads(path.read_text())["source"] == "mailing/boost"


def test_what_replaces_an_object_is_found_by_the_old_reference_and_stays_when_the_original_comes_again(archive):
    old = put(archive, b"by ann@x.org")
    (entry,) = archive.list("mailing/boost")

    new = archive.replace(entry, b"by nobody  .")

    assert archive.get(old) == archive.get(new) == b"by nobody  ."
    assert put(archive, b"by ann@x.org") == new
    assert [each.ref for each in archive.list("mailing/boost")] == [new]
    assert not [path for path in archive.root.rglob("*.zst") if old.removeprefix("sha256:") in path.name]
