"""`bdc bench identity` judges a history against what is known of it."""

import csv
import gzip
import json
from pathlib import Path

import pytest
from bdc_chassis.errors import ValidationFailed
from bdc_devkit.bench.identity.history import read_history
from bdc_devkit.bench.identity.judgement import Judged
from bdc_devkit.bench.identity.made import people
from bdc_devkit.cli.program import build_app
from typer.testing import CliRunner

ROWS = """name,email,commits,curated,person_email
Ingmar Holvast,ingmar@x.org,3,1,ingmar@x.org
Ingmar Holvast,ih@y.org,1,1,Ingmar@X.org
keewizz,keewizz@z.org,1,1,ingmar@x.org
Mia Lund,mia@z.org,1,1,mia@z.org
Mia Lund,mia.lund@z.org,1,0,somebody@else.org
"""


def test_curated_rows_are_judged_and_wrong_pairs_are_written(tmp_path: Path):
    history, wrong = tmp_path / "history.csv.gz", tmp_path / "wrong.csv"
    history.write_bytes(gzip.compress(ROWS.encode()))

    answer = CliRunner().invoke(
        build_app(["bench", "up"]),
        ["bench", "identity", "--input", str(history), "--output", str(wrong), "--json"],
        catch_exceptions=False,
    )

    figures = json.loads(answer.stdout)
    assert (figures["n"], figures["precision"], figures["recall"], figures["f1"]) == (5, 1.0, 0.3333, 0.5)
    with wrong.open(newline="", encoding="utf-8") as file:
        pairs = list(csv.DictReader(file))
    assert [(pair["error"], pair["right_email"]) for pair in pairs] == [("not joined", "keewizz@z.org")] * 2


def test_made_people_are_the_same_each_time_and_no_two_share_an_address():
    seen = list(people(2_000))

    assert seen == list(people(2_000))
    owners = {each.email: each.person for each in seen}
    assert all(owners[each.email] == each.person for each in seen)


@pytest.mark.parametrize(
    ("content", "row"),
    [
        (b"\xef\xbb\xbfname,email\nMia,mia@z.org\n", Judged("Mia", "mia@z.org", None)),
        (b' Email,"Name",more\r\nmia@z.org,"Lund, Mia",x,y\r\n', Judged("Lund, Mia", "mia@z.org", None)),
        (b"name,email,curated,person_email\nMia,mia@z.org,False,m@z.org\n", Judged("Mia", "mia@z.org", None)),
        (b"name,email,curated,person_email\nMia\n", Judged("Mia", "", None)),
        (b"name,email\nJos\xe9,\n", Judged("Jos\N{REPLACEMENT CHARACTER}", "", None)),
        (b"name,email\n\n" + b"x" * 200_000 + b",a\n", Judged("x" * 200_000, "a", None)),
    ],
    ids=["byte order mark", "other order", "not curated", "short line", "Latin-1", "long field"],
)
def test_a_history_is_read_whatever_state_its_file_is_in(tmp_path: Path, content: bytes, row: Judged):
    (tmp_path / "history.csv").write_bytes(content)

    assert list(read_history(tmp_path / "history.csv")) == [row]


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"name;email\nMia;mia@z.org\n", "no column `name`"),
        ("name,email\n".encode("utf-16"), "no column `name`"),
        (gzip.compress(ROWS.encode())[:-20], "can not be read to its end"),
    ],
    ids=["semicolons", "UTF-16", "cut off"],
)
def test_what_is_no_history_is_refused_in_one_sentence(tmp_path: Path, content: bytes, said: str):
    (tmp_path / "history.csv").write_bytes(content)

    with pytest.raises(ValidationFailed, match=said):
        list(read_history(tmp_path / "history.csv"))
