"""The committed schemas are what the models say, and no released reader would break."""

import json
from pathlib import Path

from bdc_contracts.compatibility import breaking_export_changes
from bdc_contracts.schemas import export

COMMITTED = Path(__file__).parent.parent / "schemas"


def test_the_committed_schemas_are_current() -> None:
    committed = {path.name: path.read_text("utf-8") for path in COMMITTED.glob("*.json")}

    assert committed == export(), "run `bdc contracts export` and commit the result"


def test_the_models_break_no_reader_of_the_committed_schemas() -> None:
    committed = {path.name: json.loads(path.read_text("utf-8")) for path in COMMITTED.glob("*.json")}
    current = {name: json.loads(text) for name, text in export().items()}

    assert breaking_export_changes(committed, current) == []
