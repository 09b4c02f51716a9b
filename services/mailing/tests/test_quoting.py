import pytest
from bdc_mailing.quoting import Part, blocks, own_text
from hypothesis import given
from hypothesis import strategies as st


def test_a_text_signed_by_pgp_is_read_without_its_armor():
    text = """-----BEGIN PGP SIGNED MESSAGE-----
Hash: SHA256

Hello, list.

- --\x20
Ann
-----BEGIN PGP SIGNATURE-----

iQEz
-----END PGP SIGNATURE-----
"""
    assert own_text(text) == "Hello, list."


def test_quotations_and_their_attribution_are_not_the_authors():
    text = "Hi.\n\nOn Mon, 5 Jan 2004, Ann Lee wrote:\n> one\n> two\n\nI agree.\n> three\nMe too."
    assert own_text(text) == "Hi.\n\nI agree.\nMe too."


def test_an_attribution_may_be_folded():
    text = "On Mon, 5 Jan 2004 at 10:00,\nAnn Lee <ann@example.org>\nwrote:\n\n> one\nYes."
    assert own_text(text) == "Yes."


def test_a_sentence_before_a_short_attribution_stays():
    assert own_text("I have read it.\nAnn wrote:\n> one") == "I have read it."


@pytest.mark.parametrize(
    "line", ["Am 5. Januar schrieb Ann Lee:", "Le 5 janv., Ann Lee a écrit :", "5 января, Ann пишет:"]
)
def test_attributions_in_other_languages_are_known(line: str):
    assert own_text(f"{line}\n> eins\n\nJa.") == "Ja."


def test_initials_before_the_mark_are_a_quotation():
    assert own_text("AL> one\nAL> two\nYes.") == "Yes."


def test_the_signature_is_cut():
    assert own_text("Text.\n\n-- \nAnn Lee\nhttps://example.org") == "Text."


def test_dashes_in_the_middle_of_a_long_text_are_no_signature():
    text = "Above\n--\n" + "\n".join(f"line {i}" for i in range(40))
    assert own_text(text) == text


def test_the_footer_of_the_list_is_cut():
    footer = "_" * 47 + "\nBoost mailing list\nboost@lists.example.org\nhttps://lists.example.org/listinfo/boost"
    assert own_text(f"Text.\n\n-- \nAnn\n\n{footer}") == "Text."


def test_everything_below_an_original_message_line_is_quoted():
    assert own_text("Yes.\n\n-----Original Message-----\nFrom: Ann\nSent: Monday\n\nDo you?") == "Yes."


def test_a_header_block_of_a_mail_program_begins_a_quotation():
    assert own_text("Yes.\n\nFrom: Ann Lee\nSent: Monday\nTo: boost\nSubject: x\n\nDo you?") == "Yes."


def test_the_dashes_of_a_patch_are_kept():
    patch = "Fix it.\n---\n a.c | 2 +-\n\n--- a/a.c\n+++ b/a.c\n-old\n+new"
    assert own_text(patch + "\n-- \n2.1.0") == patch


@given(
    st.lists(st.sampled_from(["", "> q", "text", "-- ", "--", "Ann wrote:", "_" * 40, "On x", "From: a", "Sent: b"]))
)
def test_blocks_in_order_are_the_text(lines: list[str]):
    text = "\n".join(lines)
    assert "\n".join(block.text for block in blocks(text)) == text


def test_blocks_name_their_parts():
    text = "Hi\nAnn wrote:\n> q\n-- \nme"
    assert [block.part for block in blocks(text)] == [Part.OWN, Part.ATTRIBUTION, Part.QUOTED, Part.SIGNATURE]
