"""`bdc bench identity` judges a history against what is known of it."""

import csv
import gzip
import json
from pathlib import Path

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
