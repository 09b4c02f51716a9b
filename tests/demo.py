"""Runs `bdc demo` as its users do: a process of its own, with a data directory of its own."""

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

BDC = (sys.executable, "-m", "bdc_devkit.cli")
PATIENCE = 120.0
"""Seconds that a run may take on a busy machine; an undisturbed one takes about ten."""


@dataclass(frozen=True)
class Demo:
    """One data directory and the input that is collected into it; every run takes any free port."""

    data: Path
    repositories: tuple[Path, ...] = ()
    archives: tuple[Path, ...] = ()

    def start(self, *options: str) -> subprocess.Popen[str]:
        """Start a run that stops at its end, in a session of its own."""
        inputs = [f"--repo={path}" for path in self.repositories] + [f"--mbox={path}" for path in self.archives]
        return subprocess.Popen(
            [*BDC, "demo", "--exit", "--json", "--only-given", "--port=0", *inputs, *options],
            env=self.environment(),
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )

    def run(self, *options: str) -> subprocess.CompletedProcess[str]:
        """Run to the end."""
        with self.start(*options) as process:
            out, err = process.communicate(timeout=PATIENCE)
        return subprocess.CompletedProcess(process.args, process.returncode, out, err)

    def summary(self, *options: str) -> dict[str, Any]:
        """Run to a good end and return the summary."""
        done = self.run(*options)
        assert done.returncode == 0, done.stderr
        return dict(json.loads(done.stdout))

    def environment(self) -> dict[str, str]:
        """Return the environment of the run: this data directory, no server of somebody else's."""
        outside = {"BDC_NATS_URL", "BDC_DATABASE_URL"}
        return {k: v for k, v in os.environ.items() if k not in outside} | {"BDC_DATA_DIR": str(self.data)}
