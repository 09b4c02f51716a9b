"""Mail that was written to stop whoever reads it: what it costs grows with its size, not with its square."""

from collections.abc import Callable
from time import process_time

import pytest
from bdc_mailing.quoting import own_text
from bdc_mailing.source.addresses import MAX_ADDRESSES, mailboxes
from bdc_mailing.source.envelope import Envelope, shape
from bdc_mailing.source.flowed import unflowed
from bdc_mailing.source.html_text import html_to_text

AFFORDABLE_S = 5.0
"""Each of these takes about a second at most, and took from eight seconds to for ever."""

HOSTILE: dict[str, Callable[[], object]] = {
    "an envelope with one long word": lambda: shape(b"From x Mon Jan  5 10:00:00" + b"a" * 300 + b"!"),
    "a forward with many blanks": lambda: own_text("Hello\n--forwarded by" + " " * 1500 + "-x\n"),
    "an original message with many blanks": lambda: own_text("Hello\n--original message" + " " * 1500 + "x\n"),
    "a disguised address without an end": lambda: mailboxes([b"a_at_" * 12_000 + b"!"], None, set()),
    "a field given many times": lambda: mailboxes([b"a@b.c"] * 500_000, None, set()),
    "quotations in quotations": lambda: html_to_text("<blockquote>x" * 50_000),
    "blocks in blocks": lambda: html_to_text("<div>x" * 200_000),
    "blocks in blocks that seem to be closed": lambda: html_to_text("<div></b>x" * 200_000),
    "ends of what was never opened": lambda: html_to_text("<div>" * 19_000 + "</p>" * 200_000),
    "a flowed line without an end": lambda: unflowed("x \n" * 300_000, delete_space=False),
}


@pytest.mark.parametrize("attack", HOSTILE)
def test_hostile_mail_costs_what_its_size_costs(attack: str):
    begin = process_time()
    HOSTILE[attack]()
    assert process_time() - begin < AFFORDABLE_S


def test_what_the_patterns_found_they_find():
    assert shape(b"From ann@example.org Mon Jan  5 10:00:00 +0100 (CET) 2004 x") is Envelope.DATED
    assert own_text("Mine.\n---- Forwarded by Bob on Monday: ----\nHis.") == "Mine."
    assert own_text("Mine.\n-----Original Message-----  \nHis.") == "Mine."
    assert unflowed("one \ntwo \nthree\n> four \n> five", delete_space=True) == "onetwothree\n> fourfive"
    assert len(mailboxes([b"a@b.c, d@e.f"] * 400, None, set())) == MAX_ADDRESSES


def test_long_mail_of_honest_tags_is_read_to_its_end():
    rows = "<tr><td>x<br></td></tr>" * 20_000
    assert html_to_text(f"<table>{rows}</table><p>The end.</p>").endswith("The end.")
