"""Who wrote a message, where lists and archives have changed From."""

import pytest
from bdc_mailing.source.addresses import Mailbox
from bdc_mailing.source.parse import ParsedMessage, parse
from bdc_mailing.source.raw import RawMessage
from bdc_mailing.source.senders import author_kind

from .conftest import mail

LIST = "boost@lists.example.org"
ANN = Mailbox("Ann Lee", "ann@example.org")


def parsed(**headers: str) -> ParsedMessage:
    return parse(RawMessage(mail(1, **{"List_Post": f"<mailto:{LIST}>"} | headers)))


@pytest.mark.parametrize(
    "headers",
    [
        {"From": f"Ann Lee via Boost <{LIST}>", "Reply_To": "Ann Lee <ann@example.org>"},
        {"From": f'"Ann Lee via Boost" <{LIST}>', "Reply_To": f"{LIST}, Ann Lee <ann@example.org>"},
        {"From": f"Ann Lee (via Boost) <{LIST}>", "X-Original-From": "Ann Lee <ann@example.org>"},
        {"From": f"'Ann Lee' via Boost <{LIST}>", "X-Original-From": "Ann Lee <ann@example.org>"},
        {"From": f"Boost <{LIST}>", "Author": "Ann Lee <ann@example.org>"},
        {"From": "Ann Lee via groups.io <ann=example.org@groups.io>", "List_Post": ""},
        {"From": "Ann Lee via B4 Relay <devnull+ann.example.org@kernel.org>", "Reply_To": "ann@example.org"},
        {"From": f"=?utf-8?q?Ann_Lee_via_Boost?= <{LIST}>", "Reply_To": "Ann Lee <ann@example.org>"},
    ],
)
def test_an_author_behind_the_address_of_a_list_is_found(headers: dict[str, str]):
    found = parsed(**headers)
    assert (found.sender, found.author_kind) == (ANN, "person")
    assert found.posted_by is not None
    assert found.posted_by.email in headers["From"]


def test_an_author_whose_address_is_nowhere_keeps_the_name_and_no_address_of_the_list():
    found = parsed(From=f"Ann Lee via Boost <{LIST}>", Reply_To=LIST)
    assert found.sender == Mailbox("Ann Lee", "")


def test_what_a_list_writes_itself_is_nobodys():
    found = parsed(From=f"Boost <{LIST}>", Reply_To="ann@example.org")
    assert (found.sender, found.author_kind, found.posted_by) == (Mailbox("Boost", LIST), "list", None)


def test_a_list_is_known_by_its_id_too():
    found = parsed(From=f"Boost <{LIST}>", List_Post="", List_Id="Boost <boost.lists.example.org>")
    assert found.author_kind == "list"


def test_an_author_who_wants_answers_elsewhere_stays_the_author():
    found = parsed(From="Ann Lee <ann@example.org>", Reply_To="other@example.org")
    assert (found.sender, found.posted_by) == (ANN, None)


@pytest.mark.parametrize(
    "form",
    [
        "ann (a) example.org",
        "ann at example.org",
        "ann_at_example.org",
        "ann [at] example.org",
        "ann(at)example.org",
        "ann[at]example.org",
        "ann (at) example.org",
        "ann@example.org",
    ],
)
@pytest.mark.parametrize("template", ["{} (Ann Lee)", "Ann Lee <{}>"])
def test_addresses_in_disguise_are_read(form: str, template: str):
    assert parsed(From=template.format(form)).sender == ANN


@pytest.mark.parametrize(
    ("author", "kind"),
    [
        (Mailbox("kernel test robot", "lkp@intel.com"), "bot"),
        (Mailbox("dependabot[bot]", "49699333+dependabot[bot]@users.noreply.github.com"), "bot"),
        (Mailbox("syzbot", "syzbot+1a2b@syzkaller.appspotmail.com"), "bot"),
        (Mailbox("", "no-reply@example.org"), "bot"),
        (Mailbox("The Team", "Webmaster@example.org"), "role"),
        (Mailbox("", "boost-bounces@lists.boost.org"), "list"),
        (Mailbox("Abbot Smith", "abbot@example.org"), "person"),
        (Mailbox("Robot Fan", "ann@bot.example.org"), "person"),
    ],
)
def test_authors_that_are_no_persons_are_marked(author: Mailbox, kind: str):
    assert author_kind(author) == kind


@pytest.mark.parametrize(
    ("signature", "accounts"),
    [
        ("Ann\nhttps://github.com/ann-lee", [("github", "ann-lee")]),
        ("Ann Lee | GitHub: @AnnLee | Berlin", [("github", "AnnLee")]),
        ("gitlab.com/ann", [("gitlab", "ann")]),
        ("https://github.com/boostorg/asio", []),
        ("@annlee", []),
        ("mygithub.com/ann", []),
        ("> https://github.com/bob", []),
    ],
)
def test_a_signature_gives_accounts_where_it_is_unambiguous(signature: str, accounts: list[tuple[str, str]]):
    found = parse(RawMessage(mail(1, body=f"See github.com/other.\n\n-- \n{signature}")))
    assert [tuple(account) for account in found.handles] == accounts


def test_a_name_that_is_none_is_cut():
    found = parsed(From=f"{'Ann ' * 3000} <{'a' * 9000}@example.org>", To=f"{'b' * 9000}@example.org")
    assert found.sender is not None
    assert (len(found.sender.name), len(found.sender.email), len(found.to[0].email)) == (250, 254, 254)
