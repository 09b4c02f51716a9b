"""A stack that several tests look at."""

import importlib.util
import signal
import sys
from pathlib import Path

import pytest

spec = importlib.util.spec_from_file_location("stack_process", Path(__file__).with_name("stack_process.py"))
stack_process = importlib.util.module_from_spec(spec)
sys.modules["stack_process"] = stack_process
spec.loader.exec_module(stack_process)


@pytest.fixture
def data_dir(tmp_path):
    return tmp_path / "stack"


@pytest.fixture
def up(data_dir):
    """`bdc up` with the dashboard alone, healthy."""
    process = stack_process.start_up(data_dir, "--only", "dashboard", "--port", "0")
    stack_process.wait_until(lambda: stack_process.record(data_dir).get("ready"), "the stack's start")
    yield process
    if process.poll() is None:
        process.send_signal(signal.SIGTERM)
    process.wait(60)
