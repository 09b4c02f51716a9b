"""Submissions in the proportions of real ones: many small, a few very large, most of their bytes log excerpts."""

import json
import random
from pathlib import Path
from typing import Any, Final

SEED: Final = 5
# Objects per file and how often that is so, as measured on 500 real files.
SIZES: Final = ((1, 1), (2, 10), (11, 100), (101, 500), (501, 1500))
FREQUENCIES: Final = (37, 32, 22, 9, 0.4)
STATUSES: Final = ("PASS", "SKIP", "FAIL", "MISS", "ERROR")
WEIGHTS: Final = (76, 17, 6, 0.2, 0.1)
LONG_LOGS: Final = 200
LONG_CHARACTERS: Final = 16_384
SUITES: Final = ("ltp", "kselftest", "rt-tests", "boot", "xfstests")


def made_submissions(folder: Path, files: int) -> Path:
    """Write files, always the same, and return their folder."""
    folder.mkdir(parents=True, exist_ok=True)
    maker = Maker(random.Random(SEED))  # noqa: S311  (the same files every time)
    for number in range(files):
        path = folder / f"submission-{number:032}.json"
        path.write_text(json.dumps(maker.submission(), separators=(",", ":")), "utf-8")
    return folder


class Maker:
    """Makes submissions; tests come without their builds, as they really do."""

    def __init__(self, chance: random.Random) -> None:
        self._chance = chance
        self._number = 0
        self._logs = [self._log(LONG_CHARACTERS) for _ in range(LONG_LOGS)]

    def submission(self) -> dict[str, Any]:
        """Return one."""
        least, most = self._chance.choices(SIZES, FREQUENCIES)[0]
        count = self._chance.randint(least, most)
        document: dict[str, Any] = {"version": {"major": 5, "minor": 3}}
        if count == 1 and self._chance.random() < 0.3:  # noqa: PLR2004  (a build by itself)
            return document | {"checkouts": [self._checkout()], "builds": [self._build()]}
        return document | {"tests": [self._test() for _ in range(count)]}

    def _next(self, kind: str) -> str:
        self._number += 1
        return f"bench:{kind}-{self._number:08}"

    def _checkout(self) -> dict[str, Any]:
        return {
            "id": self._next("checkout"),
            "origin": "bench",
            "git_repository_url": "https://git.example.org/linux.git",
            "git_commit_hash": f"{self._number:040x}",
            "git_commit_name": "v6.16-rc5-12-g0123456789ab",
            "git_repository_branch": "master",
            "start_time": "2025-07-15T10:00:00.000000+00:00",
            "valid": True,
        }

    def _build(self) -> dict[str, Any]:
        return {
            "id": self._next("build"),
            "checkout_id": f"bench:checkout-{self._number - 1:08}",
            "origin": "bench",
            "architecture": "arm64",
            "compiler": "gcc-12",
            "config_name": "defconfig",
            "start_time": "2025-07-15T10:05:00.000000+00:00",
            "status": "PASS",
            "output_files": [
                {"name": f"kernel-{part}", "url": f"https://files.example.org/{self._number}/{part}"}
                for part in range(10)
            ],
            "misc": {"lab": "k8s-all", "platform": "kubernetes"},
        }

    def _test(self) -> dict[str, Any]:
        chance = self._chance
        test = {
            "id": self._next("test"),
            "build_id": f"bench:build-{chance.randrange(300):08}",
            "origin": "bench",
            "path": f"{chance.choice(SUITES)}.case_{chance.randrange(2000)}",
            "status": chance.choices(STATUSES, WEIGHTS)[0],
            "start_time": "2025-07-15T11:00:00.000000+00:00",
            "log_url": f"https://logs.example.org/{self._number}/log.txt.gz",
            "environment": {
                "compatible": ["raspberrypi,4-model-b", "brcm,bcm2711"],
                "misc": {"platform": f"board-{chance.randrange(200)}", "job_id": str(self._number)},
            },
            "misc": {"runtime": f"lab-{chance.randrange(12)}"},
        }
        kind = chance.random()
        if kind < 0.32:  # noqa: PLR2004  (a third are as long as they may be, and mostly known)
            test["log_excerpt"] = chance.choice(self._logs)
        elif kind < 0.96:  # noqa: PLR2004  (two thirds are a line or two)
            test["log_excerpt"] = self._log(chance.randint(100, 160))
        else:
            test["log_excerpt"] = self._log(chance.randint(161, LONG_CHARACTERS))
        return test

    def _log(self, characters: int) -> str:
        words = f"{self._chance.getrandbits(64):016x} <6>[    0.000000] usb 1-1: new high-speed USB device number "
        return (words * (characters // len(words) + 1))[:characters]
