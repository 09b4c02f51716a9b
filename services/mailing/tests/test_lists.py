"""Which lists are collected, and what an address of an archive means."""

from pathlib import Path

import pytest
from bdc_chassis.errors import ConfigurationError
from bdc_mailing.lists import list_address, load_lists
from bdc_mailing.source.location import Kind, locate
from bdc_mailing.source.origin import Origin

DEPLOYED = Path(__file__).parents[3] / "deploy" / "lists.yaml"


def test_the_three_boost_lists_ship_with_the_package():
    assert [each.address for each in load_lists(None)] == [
        "boost-announce@lists.boost.org",
        "boost-users@lists.boost.org",
        "boost@lists.boost.org",
    ]
    assert load_lists(DEPLOYED) == load_lists(None)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("lists: [{address: boost, archives: [a]}]", "lists[0].address: 'boost' is not the address of a list"),
        ("lists: [{address: a@b, archives: []}]", "lists[0].archives: Tuple should have at least 1 item"),
        ("lists: [{address: a@b, archives: ['https://b/x']}]", "lists[0].archives[0]: cannot tell what kind"),
        ("lists: [{address: a@b, archives: [a], color: red}]", "lists[0].color: Extra inputs are not permitted"),
        ("lists: [{address: a@b, archives: [a]}, {address: A@B, archives: [b]}]", "a@b stands there twice"),
        ("lists: {", "is not YAML"),
        ("[]", "Input should be a valid dictionary"),
    ],
)
def test_a_wrong_configuration_is_one_sentence_that_names_the_entry(tmp_path: Path, text: str, said: str):
    path = tmp_path / "lists.yaml"
    path.write_text(text)
    with pytest.raises(ConfigurationError) as error:
        load_lists(path)
    assert said in str(error.value)
    assert str(path) in str(error.value)
    assert "\n" not in str(error.value)


def test_a_missing_configuration_names_the_setting(tmp_path: Path):
    with pytest.raises(ConfigurationError, match="BDC_MAILING_LISTS"):
        load_lists(tmp_path / "nothing.yaml")


@pytest.mark.parametrize(
    ("text", "kind", "label"),
    [
        ("https://lists.boost.org/archives", Kind.HYPERKITTY, "hyperkitty:https://lists.boost.org/archives"),
        ("https://lists.boost.org/archives/list/a@b/", Kind.HYPERKITTY, "hyperkitty:https://lists.boost.org/archives/list/a@b"),
        ("https://mail.example/hyperkitty/", Kind.HYPERKITTY, "hyperkitty:https://mail.example/hyperkitty"),
        ("hyperkitty+https://mail.example/a", Kind.HYPERKITTY, "hyperkitty:https://mail.example/a"),
        ("https://l.example/archives/list/a@b/export/a.mbox.gz", Kind.EXPORT, "export:https://l.example/archives/list/a@b/export/a.mbox.gz"),
        ("https://l.example/pipermail/dev/", Kind.PIPERMAIL, "pipermail:https://l.example/pipermail/dev"),
        ("https://l.example/old/2004-May.txt.gz", Kind.PIPERMAIL, "pipermail:https://l.example/old/2004-May.txt.gz"),
        ("https://lore.example/dev/git/0.git", Kind.PUBLIC_INBOX, "public-inbox:https://lore.example/dev/git/0.git"),
        ("public-inbox+https://lore.example/dev", Kind.PUBLIC_INBOX, "public-inbox:https://lore.example/dev"),
        ("git@example.org:dev.git", Kind.PUBLIC_INBOX, "public-inbox:git@example.org:dev.git"),
        ("https://l.example/dev.mbox?key=hunter2", Kind.EXPORT, "export:https://l.example/dev.mbox"),
        ("imaps://me@mail.example/INBOX", Kind.IMAP, "imap:imaps://mail.example/INBOX"),
        ("/srv/mail/2004-01.mbox.gz", None, "None:2004-01.mbox.gz"),
        ("mbox+/srv/mail/2004-01.mbox.gz", Kind.MBOX, "mbox:2004-01.mbox.gz"),
        ("file:///srv/my%20mail", None, "None:my mail"),
    ],
)  # fmt: skip
def test_the_kind_of_an_archive_is_told_from_its_address(text: str, kind: Kind | None, label: str):
    found = locate(text)
    assert (found.kind, found.label) == (kind, label)


@pytest.mark.parametrize(
    "text", ["", "a\nb", "https://", "https://[", "imap+folder", "gopher://a/b", "https://a/b", "export+file:///a"]
)
def test_what_leads_to_no_archive_is_refused_in_one_sentence(text: str):
    with pytest.raises(ConfigurationError) as error:
        locate(text)
    assert "\n" not in str(error.value)


@pytest.mark.parametrize(
    "text",
    [
        "imaps://me:hunter2@mail.example/INBOX",
        "https://me:hunter2@lists.example/archives",
        "https://hunter2@lists.example/archives",
    ],
)
def test_a_password_in_an_address_is_refused_and_not_repeated(text: str):
    with pytest.raises(ConfigurationError, match="holds a password") as error:
        locate(text)
    assert "hunter2" not in str(error.value)


def test_a_key_in_an_address_is_not_repeated_either():
    with pytest.raises(ConfigurationError, match=r"https://lists\.example/x") as error:
        locate("https://lists.example/x?key=hunter2")
    assert "hunter2" not in str(error.value)


@pytest.mark.parametrize("text", ["dev", "a@b@c", "a@b/../c", "a\0@b", "a\x01@b"])
def test_what_is_no_address_of_a_list_is_refused(text: str):
    with pytest.raises(ConfigurationError, match="is not the address of a list"):
        list_address(text)


def test_a_permanent_address_is_made_of_the_message_id():
    mailman = Origin("hyperkitty:x", "https://l/archives/list/a@b/message/{hash}/")
    # The example of the Mailman documentation.
    assert mailman.url("87myycy5eh.fsf@uwakimon.sk.tsukuba.ac.jp") == (
        "https://l/archives/list/a@b/message/JJIGKPKB6CVDX6B2CUG4IHAJRIQIOUTP/"
    )
    assert Origin("public-inbox:x", "https://l/{id}/").url("a/b@c d") == "https://l/a%2Fb@c%20d/"
    assert mailman.url("sha256:0") is None
    assert Origin("mbox:x").url("a@b") is None
