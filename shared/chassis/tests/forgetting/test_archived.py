"""The raw archive without those who were forgotten, now and when they are collected again."""

from io import BytesIO

from bdc_chassis.archive import FileArchive
from bdc_chassis.forgetting import Redactor
from bdc_chassis.forgetting.archived import ForgetfulArchive, erase_archived, forgetful
from bdc_chassis.forgetting.collecting import tell_collectors
from bdc_contracts import ForgottenKeys, email_subject

NOBODY = ForgottenKeys(salt="s", hashes=())
KEYS = NOBODY.model_copy(update={"hashes": (NOBODY.hashed(email_subject("ann@x.org")),)})
MAIL = b"From: Ann Lee <ann@x.org>\nTo: ben@x.org\n\nHello"


async def test_objects_that_name_them_are_replaced_at_the_same_places(tmp_path):
    archive = FileArchive(tmp_path)
    ref = archive.put(MAIL, media_type="message/rfc822", source="mailing/boost")
    other = archive.put(b"To: ben@x.org", media_type="message/rfc822", source="mailing/boost")

    assert await erase_archived(archive, "mailing/", Redactor(KEYS)) == 1

    left = archive.get(ref)
    assert (len(left), left.index(b"To: ben")) == (len(MAIL), MAIL.index(b"To: ben"))
    assert b"ann" not in left.lower()
    assert archive.get(other) == b"To: ben@x.org"
    assert await erase_archived(archive, "mailing/", Redactor(KEYS)) == 0


async def test_what_comes_in_later_comes_in_without_them(tmp_path, bus):
    archive = FileArchive(tmp_path)
    assert await forgetful(archive, bus) is archive
    await tell_collectors(bus, KEYS)

    run = await forgetful(archive, bus)

    assert isinstance(run, ForgetfulArchive)
    path = tmp_path / "mail"
    path.write_bytes(MAIL)
    refs = {
        run.put(MAIL, media_type="message/rfc822", source="a"),
        run.put_file(BytesIO(MAIL), media_type="message/rfc822", source="b"),
        run.put_file(path, media_type="message/rfc822", source="c"),
    }
    (ref,) = refs
    assert b"ann@x.org" not in run.get(ref)
    assert run.open(ref).read() == archive.get(ref)
    assert [entry.ref for entry in run.list("")] == [ref] * 3
