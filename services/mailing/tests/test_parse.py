import base64
from datetime import UTC, datetime, timedelta, timezone

import pytest
from bdc_mailing.source.addresses import Mailbox
from bdc_mailing.source.parse import ParsedMessage, parse
from bdc_mailing.source.raw import RawMessage
from hypothesis import given
from hypothesis import strategies as st


def parsed(*lines: str | bytes, **raw: object) -> ParsedMessage:
    data = b"\n".join(line if isinstance(line, bytes) else line.encode() for line in lines)
    return parse(RawMessage(data, **raw))


def subject(value: str | bytes) -> str:
    return parsed(b"Subject: " + (value if isinstance(value, bytes) else value.encode()), "", "x").subject


# --- headers and charsets ---


@pytest.mark.parametrize(
    ("raw", "decoded"),
    [
        ("=?utf-8?B?R3LDvMOfZQ==?=", "Grüße"),
        ("=?ISO-8859-1?Q?Gr=FC=DFe_an_alle?=", "Grüße an alle"),
        ("=?utf-8?q?one?= =?utf-8?q?_two?=", "one two"),
        ("=?utf-8?B?w7w=?= and =?utf-8?B?w7w=?=", "ü and ü"),
        ("=?utf-8?B?ww==?= =?utf-8?B?vA==?=", "ü"),
        ("=?utf-8*en?q?with_language?=", "with language"),
        ("=?gb2312?B?xOO6ww==?=", "你好"),
        ("=?ks_c_5601-1987?B?vsiz5w==?=", "안녕"),
        ("=?iso-2022-jp?B?GyRCRnxLXBsoQg==?=", "日本"),
        ("=?windows-1252?Q?=93quoted=94?=", "“quoted”"),
        ("=?iso-8859-1?Q?=93quoted=94?=", "“quoted”"),
        ("=?koi8-r?B?8NLJ18XU?=", "Привет"),
        ("=?utf-8?B?R3LDvMOfZQ?=", "Grüße"),
        ("=?utf-8?Q?not closed", "=?utf-8?Q?not closed"),
        ("=?no-such-charset?Q?plain?=", "plain"),
        ("Grüße", "Grüße"),
        (b"Gr\xfc\xdfe an alle Freunde", "Grüße an alle Freunde"),
        (b"\x1b$BF|K\\\x1b(B", "日本"),
        ("folded\n  over\n\tlines", "folded over lines"),
        (b"with\0nul", "withnul"),
    ],
)
def test_subjects_are_decoded(raw: str | bytes, decoded: str):
    assert subject(raw) == decoded


def test_raw_bytes_of_a_header_are_read_in_the_charset_of_the_body():
    message = parsed(b"Subject: \xf0\xd2\xc9\xd7\xc5\xd4", "Content-Type: text/plain; charset=koi8-r", "", "x")
    assert message.subject == "Привет"


@pytest.mark.parametrize(
    ("raw", "name"),
    [(b"Torbj\xf6rn Lund", "Torbjörn Lund"), (b"H\xe5kon Berg", "Håkon Berg"), (b"Ralf B\xe4chle", "Ralf Bächle")],
)
def test_an_accent_in_an_undeclared_name_is_not_a_chinese_character(raw: bytes, name: str):
    message = parsed(b"From: " + raw + b" <a@example.org>", "", "x")
    assert message.sender is not None
    assert message.sender.name == name


def test_undeclared_text_of_another_alphabet_is_still_recognised():
    words = "这封邮件没有声明任何字符集，我们希望它仍然能够被正确地读出来。"  # noqa: RUF001  (Chinese punctuation)
    assert parsed("Subject: x", "", words.encode("gb18030")).text == words


def test_raw_bytes_of_a_header_lose_nothing_where_the_body_says_ascii():
    message = parsed(
        b"From: Michael Gr\xfctzner <m@example.org>", "Content-Type: text/plain; charset=US-ASCII", "", "x"
    )
    assert message.sender is not None
    assert message.sender.name == "Michael Grützner"


@pytest.mark.parametrize(
    ("charset", "body", "text"),
    [
        ("utf-8", "Grüße".encode(), "Grüße"),
        ("iso-8859-1", "Grüße".encode("latin-1"), "Grüße"),
        ("iso-8859-1", b"\x93x\x94", "“x”"),
        ("us-ascii", "Grüße".encode(), "Grüße"),
        (
            "us-ascii",
            "Die Straße über die Brücke führt nach Süden".encode("latin-1"),
            "Die Straße über die Brücke führt nach Süden",
        ),
        ("shift_jis", "日本語".encode("cp932"), "日本語"),
        ("x-unknown", "Grüße".encode(), "Grüße"),
        ("hex", b"abc", "abc"),
        ("unicode_escape", b"a\\x", "a\\x"),
        ("utf-7", b"Hi +2AA-", "Hi \ufffd"),
        ("utf-16", "日本".encode("utf-16"), "日本"),
        ("utf-8", b"caf\xc3\xa9 " * 20 + b"\xe9", "café " * 20 + "é"),
    ],
)
def test_bodies_are_decoded(charset: str, body: bytes, text: str):
    assert parsed(f"Content-Type: text/plain; charset={charset}", "", body).text == text.strip()


def test_nuls_are_removed_and_noted():
    message = parsed("Subject: a", "", b"one\0two")
    assert (message.text, "nul-removed" in message.defects) == ("onetwo", True)


def test_a_line_that_is_no_field_is_skipped_where_fields_follow():
    message = parsed(
        "From nobody Mon Jan  5 10:00:00 2004", "Subject: found", "Date: Mon, 5 Jan 2004 10:00:00 +0000", "", "body"
    )
    assert (message.subject, message.text, message.defects[0]) == ("found", "body", "malformed-header")


def test_a_body_without_an_empty_line_before_it_is_still_the_body():
    message = parsed("Subject: found", "this is no field", "neither is this", "", "end")
    assert (message.subject, message.text) == ("found", "this is no field\nneither is this\n\nend")


def test_a_message_of_nothing_but_headers_has_no_text():
    assert parsed("Subject: only", "From: a@b.c").text == ""


# --- identity ---


def test_the_message_id_loses_brackets_and_white_space():
    assert parsed("Message-ID:  < a.b @example.org >", "", "x").message_id == "a.b@example.org"


def test_a_message_without_an_id_gets_one_from_its_content():
    one, two = parsed("Subject: a", "", "x"), parsed("Subject: a", "", "y")
    assert one.message_id is None
    assert one.key_id.startswith("sha256:")
    assert one.key_id != two.key_id


def test_line_ends_and_trailing_empty_lines_do_not_make_another_message():
    assert parsed("A: 1", "", "x").sha256 == parsed("A: 1\r", "\r", "x\r", "\r", "").sha256


def test_an_id_too_long_for_an_index_is_replaced_by_its_digest_everywhere():
    long = "x" * 3000 + "@example.org"
    message = parsed(f"Message-ID: <{long}>", f"References: <{long}>", "", "x")
    assert message.key_id == message.references[0]
    assert len(message.key_id) < 100


def test_references_are_ids_in_order_each_once():
    message = parsed("References: <a@x> <b@x>", "\t<a@x>,<c@x>", 'In-Reply-To: Your message of "Mon" <c@x>', "", "x")
    assert message.references == ("a@x", "b@x", "c@x")
    assert message.in_reply_to == ("c@x",)


# --- dates ---


@pytest.mark.parametrize(
    ("header", "moment"),
    [
        ("Mon, 05 Jan 2004 10:00:00 +0100", datetime(2004, 1, 5, 9, tzinfo=UTC)),
        ("5 Jan 04 10:00 GMT", datetime(2004, 1, 5, 10, tzinfo=UTC)),
        ("Fri, 31 Dec 99 23:59:60 -0800 (PST)", datetime(2000, 1, 1, 7, 59, 59, tzinfo=UTC)),
        ("Mon Jan  5 10:00:00 2004", datetime(2004, 1, 5, 10, tzinfo=UTC)),
        ("2004-01-05T10:00:00+01:00", datetime(2004, 1, 5, 9, tzinfo=UTC)),
    ],
)
def test_dates_are_read(header: str, moment: datetime):
    assert parsed(f"Date: {header}", "", "x").date == moment


@pytest.mark.parametrize(
    "header", ["", "yesterday", "Mon, 32 Jan 2004 10:00:00 +0000", "Mon, 05 Jan 2004 10:00:00 +9999", "1" * 5000]
)
def test_a_date_that_is_none_is_a_defect_and_kept_as_text(header: str):
    message = parsed(f"Date: {header}", "", "x")
    assert (message.date, "bad-date" in message.defects) == (None, True)
    assert message.date_header == header[:200]


def test_the_date_and_the_time_of_arrival_are_kept_apart():
    message = parsed(
        "Received: from a by b; Mon, 05 Jan 2004 10:00:00 +0000",
        "Received: from c by a; Mon, 05 Jan 2004 09:00:00 +0000",
        "Date: Fri, 01 Jan 1999 00:00:00 +0000",
        "",
        "x",
    )
    assert message.date == datetime(1999, 1, 1, tzinfo=UTC)
    assert message.archived_at == datetime(2004, 1, 5, 10, tzinfo=UTC)


def test_the_envelope_knows_better_than_received_when_the_message_arrived():
    envelope = datetime(2004, 1, 6, tzinfo=timezone(timedelta()))
    message = parsed("Received: by b; Mon, 05 Jan 2004 10:00:00 +0000", "", "x", archived_at=envelope)
    assert message.archived_at == envelope


# --- people ---


@pytest.mark.parametrize(
    ("header", "name", "email"),
    [
        ("Ann Lee <ann@example.org>", "Ann Lee", "ann@example.org"),
        ('"Lee, Ann" <ann@example.org>', "Lee, Ann", "ann@example.org"),
        ("ann@example.org (Ann Lee)", "Ann Lee", "ann@example.org"),
        ("ann@example.org", "", "ann@example.org"),
        ("<ann@example.org>", "", "ann@example.org"),
        ("ann at example.org (Ann Lee)", "Ann Lee", "ann@example.org"),
        ("Ann Lee <ann (a) example.org>", "Ann Lee", "ann@example.org"),
        ("=?utf-8?q?P=C3=A9ter?= <p@example.org>", "Péter", "p@example.org"),
        ('"=?utf-8?q?P=C3=A9ter?=" <p@example.org>', "Péter", "p@example.org"),
        ("=?utf-8?q?P=C3=A9ter_=3Cp=40example=2Eorg=3E?=", "Péter", "p@example.org"),
        ("Péter <p@example.org>", "Péter", "p@example.org"),
        ("Ann Lee ann@example.org", "Ann Lee", "ann@example.org"),
        ("Ann Lee <ann@example.org", "Ann Lee", "ann@example.org"),
        ("Ann Lee", "Ann Lee", ""),
    ],
)
def test_senders_are_read(header: str, name: str, email: str):
    assert parsed(f"From: {header}", "", "x").sender == Mailbox(name, email)


def test_lists_of_addresses_are_divided_at_the_right_commas():
    message = parsed('To: "a, b" <1@x>, c <2@x>,', " 3@x (d, e), friends: 4@x, f <5@x>;, undisclosed:;", "", "x")
    assert [box.email for box in message.to] == ["1@x", "2@x", "3@x", "4@x", "5@x"]
    assert [box.name for box in message.to] == ["a, b", "c", "d, e", "", "f"]


def test_a_message_without_a_sender_says_so():
    message = parsed("Subject: x", "", "x")
    assert (message.sender, "no-sender" in message.defects) == (None, True)


# --- MIME ---


def multipart(kind: str, *parts: str) -> list[str]:
    return [f"Content-Type: multipart/{kind}; boundary=B", "", *(f"--B\n{part}" for part in parts), "--B--", ""]


def test_plain_text_wins_over_its_alternative():
    html = "Content-Type: text/html\n\n<p>rich</p>"
    message = parsed(*multipart("alternative", "Content-Type: text/plain\n\nplain", html))
    assert (message.text, message.text_from_html, message.files) == ("plain", False, ())


def test_mail_of_html_alone_is_read_as_text():
    html = (
        "<style>p{}</style><p>One &amp; <b>two</b></p><blockquote>quoted<br>more</blockquote>three<script>no()</script>"
    )
    message = parsed("Content-Type: text/html; charset=utf-8", "", html)
    assert message.text == "One & two\n\n> quoted\n> more\n\nthree"
    assert message.text_from_html


def test_a_footer_in_plain_text_does_not_hide_html():
    message = parsed(
        *multipart("mixed", "Content-Type: text/html\n\n<p>Hello</p>", "Content-Type: text/plain\n\nfooter")
    )
    assert message.text == "Hello\n\nfooter"


def test_attachments_are_listed_by_what_they_decode_to():
    encoded = base64.b64encode(b"hello").decode()
    attachment = (
        "Content-Type: application/octet-stream; name=x.bin\nContent-Transfer-Encoding: base64\n"
        f"Content-Disposition: attachment; filename*=utf-8''%C3%BC.bin\n\n{encoded}"
    )
    message = parsed(*multipart("mixed", "\ntext", attachment))
    (file,) = message.files
    assert (file.name, file.content_type, file.size) == ("ü.bin", "application/octet-stream", 5)
    assert file.sha256 == "2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824"
    assert message.text == "text"


def test_a_continued_file_name_is_joined():
    part = 'Content-Type: image/png\nContent-Disposition: attachment; filename*0="one "; filename*1=two.png\n\nx'
    assert parsed(*multipart("mixed", "\ntext", part)).files[0].name == "one two.png"


def test_an_attached_message_is_listed_with_its_subject_and_not_read():
    inner = "Content-Type: message/rfc822\n\nSubject: inner\n\ninner text"
    message = parsed(*multipart("mixed", "\nouter", inner))
    assert message.text == "outer"
    assert [(file.name, file.content_type) for file in message.files] == [("inner", "message/rfc822")]


def test_a_message_that_only_forwards_another_is_read_inside():
    assert (
        parsed(*multipart("mixed", "Content-Type: message/rfc822\n\nSubject: inner\n\ninner text")).text == "inner text"
    )


@pytest.mark.parametrize(
    ("encoding", "body", "text"),
    [
        ("base64", "R3LDvMOfZQ==", "Grüße"),
        ("base64", "R3LDvMOfZQ", "Grüße"),
        ("base64", "R3LD!!vMOfZ\n\nQ==", "Grüße"),
        ("quoted-printable", "Gr=C3=BC=\n=C3=9Fe =zz", "Grüße =zz"),
        ("8bit", "Grüße", "Grüße"),
        ("x-uuencode", "begin 644 a\n#0V%T\n`\nend", "Cat"),
        ("no-such-encoding", "as it is", "as it is"),
    ],
)
def test_transfer_encodings_are_undone(encoding: str, body: str, text: str):
    head = ("Content-Type: text/plain; charset=utf-8", f"Content-Transfer-Encoding: {encoding}")
    assert parsed(*head, "", body).text == text


def test_a_multipart_that_cannot_be_divided_is_text():
    message = parsed("Content-Type: multipart/mixed", "", "just text")
    assert (message.text, "no-boundary" in message.defects) == ("just text", True)


def test_flowed_lines_are_joined():
    message = parsed("Content-Type: text/plain; format=flowed", "", "one \ntwo\n> quoted \n> on\n-- \nsig")
    assert message.text == "one two\n> quoted on\n-- \nsig"


def test_nesting_without_end_is_cut():
    depth = 3000
    lines = [f"Content-Type: multipart/mixed; boundary=b{i}\n\n--b{i}" for i in range(depth)]
    assert "nested-too-deeply" in parsed(*lines, "", "x").defects


def test_html_nested_by_the_thousand_is_read():
    assert parsed("Content-Type: text/html", "", "<div>" * 20_000 + "deep").text == "deep"


# --- any bytes ---

FRAGMENTS = st.sampled_from(
    [
        b"Subject: ",
        b"From: ",
        b"To: ",
        b"Date: ",
        b"Content-Type: ",
        b"multipart/mixed; boundary=B",
        b"text/html",
        b"\n",
        b"\n\n",
        b"--B",
        b"--B--",
        b"=?utf-8?B?",
        b"=?x?q?",
        b"?=",
        b"charset=",
        b"utf-7",
        b"utf-16",
        b"\x00",
        b"\xff",
        b"<",
        b">",
        b'"',
        b"(",
        b"message/rfc822",
        b"Content-Transfer-Encoding: base64",
        b"filename*0*=",
        b"''%ff",
        b"\x1b$B",
        b"Message-ID: <",
        b",",
        b";",
    ]
)


@given(st.binary(max_size=600) | st.lists(FRAGMENTS | st.binary(max_size=20), max_size=60).map(b"".join))
def test_no_bytes_make_it_fail_and_what_comes_out_can_be_stored(data: bytes):
    message = parse(RawMessage(data))
    texts = [
        message.key_id,
        message.subject,
        message.text,
        *message.references,
        *(file.name or "" for file in message.files),
    ]
    texts += [part for box in (*message.to, *message.cc, *([message.sender] if message.sender else ())) for part in box]
    for text in texts:
        assert "\0" not in text
        text.encode()
