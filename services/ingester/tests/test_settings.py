"""The names of the predecessor's settings and options work beside ours."""

from pathlib import Path

import pytest
from bdc_ingester.service import serve_options
from bdc_ingester.settings import IngesterSettings
from pydantic import ValidationError


@pytest.fixture
def environment(monkeypatch):
    def use(**variables: str) -> IngesterSettings:
        monkeypatch.delenv("BDC_DATABASE_URL", raising=False)
        for name, value in variables.items():
            monkeypatch.setenv(name, value)
        return IngesterSettings()

    return use


def test_the_predecessors_environment_is_understood(environment):
    settings = environment(
        INGEST_FILES_BATCH_SIZE="7",
        INGEST_CYCLE_BATCH_SIZE="70",
        CONVERT_LOG_EXCERPT="True",
        LOGEXCERPT_THRESHOLD="9",
        CACHE_LOGS_SIZE_LIMIT="11",
        STORAGE_TOKEN="t",
        STORAGE_BASE_URL="https://files.example.org/",
        INGESTER_METRICS_PORT="8002",
    )

    assert (settings.ingester_batch_files, settings.ingester_window, settings.http_port) == (7, 70, 8002)
    assert settings.uploads_logs
    assert (settings.ingester_log_threshold, settings.ingester_log_cache) == (9, 11)
    assert settings.ingester_storage_url == "https://files.example.org"


def test_a_database_in_parts_is_one_unless_there_is_an_address(environment):
    parts = {"DB_NAME": "dashboard", "DB_USER": "a@b", "DB_PASSWORD": "p/w", "DB_HOST": "::1", "DB_PORT": "6543"}
    assert environment(**parts).database_url == "postgresql://a%40b:p%2Fw@[::1]:6543/dashboard"
    assert environment(BDC_DATABASE_URL="postgresql://x/y").database_url == "postgresql://x/y"


def test_our_names_come_before_theirs(environment):
    assert environment(LOGEXCERPT_THRESHOLD="9", BDC_INGESTER_LOG_THRESHOLD="10").ingester_log_threshold == 10


def test_options_of_serve_replace_settings(environment):
    settings = environment(BDC_INGESTER_MAX_WORKERS="3", BDC_INGESTER_INTERVAL="9")

    changed = serve_options(settings, spool_dir=Path("/spool"), max_workers=8)

    assert (changed.spool_path, changed.ingester_max_workers, changed.ingester_interval) == (Path("/spool"), 8, 9)


@pytest.mark.parametrize("wrong", [{"max_workers": 0}, {"interval": -1.0}])
def test_a_wrong_option_is_refused(environment, wrong):
    with pytest.raises(ValidationError):
        serve_options(environment(), **wrong)
