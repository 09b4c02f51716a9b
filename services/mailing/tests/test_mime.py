"""Text and files inside what is signed, encrypted, nested, or Outlook's own."""

import base64
import struct
from hashlib import sha256

import pytest
from bdc_mailing.source.parse import ParsedMessage, parse
from bdc_mailing.source.raw import RawMessage
from bdc_mailing.source.smime import signed_content
from bdc_mailing.source.tnef import read_tnef
from hypothesis import given
from hypothesis import strategies as st

from .conftest import mail

ENTITY = b"Content-Type: text/plain; charset=utf-8\r\n\r\nSigned text.\r\n"


def parsed(content_type: str, body: bytes, **headers: str) -> ParsedMessage:
    head = mail(1, body="", Content_Type=content_type, **headers).rstrip(b"\n")
    return parse(RawMessage(head + b"\n\n" + body))


def der(tag: int, *content: bytes) -> bytes:
    data = b"".join(content)
    if len(data) < 0x80:
        return bytes([tag, len(data)]) + data
    digits = len(data).to_bytes((len(data).bit_length() + 7) // 8, "big")
    return bytes([tag, 0x80 | len(digits)]) + digits + data


def unknown_length(tag: int, *content: bytes) -> bytes:
    return bytes([tag, 0x80]) + b"".join(content) + b"\0\0"


OID_SIGNED = der(0x06, bytes.fromhex("2a864886f70d010702"))
OID_DATA = der(0x06, bytes.fromhex("2a864886f70d010701"))
OID_ENVELOPED = der(0x06, bytes.fromhex("2a864886f70d010703"))


def signed(entity: bytes) -> bytes:
    inner = der(0x30, OID_DATA, der(0xA0, der(0x04, entity)))
    return der(0x30, OID_SIGNED, der(0xA0, der(0x30, der(0x02, b"\1"), der(0x31), inner, der(0x31))))


def signed_in_pieces(entity: bytes) -> bytes:
    pieces = [der(0x04, entity[at : at + 7]) for at in range(0, len(entity), 7)]
    inner = unknown_length(0x30, OID_DATA, unknown_length(0xA0, unknown_length(0x24, *pieces)))
    rest = unknown_length(0x30, der(0x02, b"\1"), unknown_length(0x31, der(0x30, OID_DATA)), inner, der(0x31))
    return unknown_length(0x30, OID_SIGNED, unknown_length(0xA0, rest))


@pytest.mark.parametrize("container", [signed, signed_in_pieces])
def test_the_text_inside_an_opaque_signature_is_found(container: object):
    body = base64.encodebytes(container(ENTITY))  # type: ignore[operator]
    found = parsed(
        'application/pkcs7-mime; smime-type=signed-data; name="smime.p7m"', body, Content_Transfer_Encoding="base64"
    )
    assert (found.text, found.protection) == ("Signed text.", ("signed",))
    assert [file.name for file in found.files] == ["smime.p7m"]


def test_what_is_encrypted_is_marked():
    body = base64.encodebytes(der(0x30, OID_ENVELOPED, der(0xA0, b"secret")))
    found = parsed("application/pkcs7-mime; smime-type=enveloped-data", body, Content_Transfer_Encoding="base64")
    assert (found.text, found.protection) == ("", ("encrypted",))
    pgp = b"--x\nContent-Type: application/pgp-encrypted\n\nVersion: 1\n--x\n\n-----BEGIN PGP MESSAGE-----\n--x--\n"
    assert parsed("multipart/encrypted; boundary=x", pgp).protection == ("encrypted",)
    assert parsed("text/plain", b"-----BEGIN PGP MESSAGE-----\n\nhQ\n").protection == ("encrypted",)


def test_a_detached_signature_leaves_the_text():
    body = b"--x\n\nHello.\n--x\nContent-Type: application/pgp-signature\n\n-----BEGIN PGP SIGNATURE-----\n--x--\n"
    found = parsed("multipart/signed; boundary=x", body)
    assert (found.text, found.protection) == ("Hello.", ("signed",))


@given(st.binary(max_size=200))
def test_no_signature_makes_it_fail(data: bytes):
    signed_content(data)
    whole = signed(data)
    assert signed_content(whole) == data
    for cut in range(0, len(whole), 3):
        signed_content(whole[:cut] + data)


def test_hostile_lengths_and_depths_are_refused():
    assert signed_content(unknown_length(0x30, *[b"\x30\x80"] * 5000)) is None
    assert signed_content(b"\x30\xff" + b"\xff" * 127) is None
    assert signed_content(b"\x30\x80" + b"\x02\x00" * 200_000) is None


def attribute(level: int, kind: int, value: bytes) -> bytes:
    return struct.pack("<BII", level, kind, len(value)) + value + struct.pack("<H", sum(value) & 0xFFFF)


def winmail(*attributes: bytes) -> bytes:
    return b"\x78\x9f\x3e\x22\x01\x00" + b"".join(attributes)


LONG_NAME = "A long na\u00efve name.txt\0".encode("utf-16-le")
PROPERTIES = b"\x01\0\0\0" + struct.pack("<HHII", 0x1F, 0x3707, 1, len(LONG_NAME)) + LONG_NAME
STREAM = winmail(
    attribute(1, 0x00069007, struct.pack("<II", 1251, 0)),
    attribute(1, 0x0002800C, "\u041f\u0440\u0438\u0432\u0435\u0442.\0".encode("cp1251")),
    attribute(2, 0x00069002, bytes(14)),
    attribute(2, 0x00018010, b"ALONGN~1.TXT\0"),
    attribute(2, 0x0006800F, b"content"),
    attribute(2, 0x00069005, PROPERTIES),
    attribute(2, 0x00069002, bytes(14)),
    attribute(2, 0x00018010, b"b.png\0"),
    attribute(2, 0x0006800F, b"image"),
)


def test_the_files_inside_winmail_dat_are_listed_behind_it():
    found = parsed(
        "application/ms-tnef; name=winmail.dat", base64.encodebytes(STREAM), Content_Transfer_Encoding="base64"
    )
    assert [(file.name, file.content_type, file.size) for file in found.files] == [
        ("winmail.dat", "application/ms-tnef", len(STREAM)),
        ("A long na\u00efve name.txt", "text/plain", 7),
        ("b.png", "image/png", 5),
    ]
    assert found.files[1].sha256 == sha256(b"content").hexdigest()
    assert found.text == "\u041f\u0440\u0438\u0432\u0435\u0442."


@given(st.integers(0, len(STREAM)), st.binary(max_size=40))
def test_no_damage_to_winmail_dat_makes_it_fail(cut: int, noise: bytes):
    found = read_tnef(STREAM[:cut] + noise + STREAM[cut:])
    assert found is None or len(found.files) <= 200
    read_tnef(b"\x78\x9f\x3e\x22\x01\x00" + noise)


def test_a_winmail_dat_that_ends_early_gives_what_it_holds():
    found = read_tnef(STREAM[:-3])
    assert found is not None
    assert ([file.name for file in found.files], found.whole) == (["A long na\u00efve name.txt"], False)
