"""Patches and series of them, as people send them by mail."""

import random

import pytest
from bdc_mailing.patches import Diffstat, Member, Patch, diffstat, patch_of, series_of
from hypothesis import given
from hypothesis import strategies as st

DIFF = """Fix it.

---
 a.c | 3 ++-
 1 file changed, 2 insertions(+), 1 deletion(-)

diff --git a/a.c b/a.c
index 1..2 100644
--- a/a.c
+++ b/a.c
@@ -1,3 +1,4 @@ int main
 one
-two
+two!
+--- three
 four
@@ -9 +10 @@
-- minus
+- plus
--\x20
2.43.0
"""


@pytest.mark.parametrize(
    ("subject", "version", "number", "total", "tags"),
    [
        ("[PATCH] mips: fix", 1, 1, 1, ()),
        ("[PATCH 0/3] mips: fix", 1, 0, 3, ()),
        ("[PATCH v2 02/10] mips: fix", 2, 2, 10, ()),
        ("[PATCHv3 2/5] mips: fix", 3, 2, 5, ()),
        ("[PATCH V4] mips: fix", 4, 1, 1, ()),
        ("[RFC PATCH net-next 0/3] net: fix", 1, 0, 3, ("RFC", "net-next")),
        ("[boost] [PATCH 1/2] asio: fix", 1, 1, 2, ()),
        ("[PATCH 5.10 12/345] mips: fix", 1, 12, 345, ("5.10",)),
        ("[patch, resend] mips: fix", 1, 1, 1, ("resend",)),
    ],
)
def test_a_subject_says_what_a_patch_is(subject: str, version: int, number: int, total: int, tags: tuple[str, ...]):
    assert patch_of(subject, "") == Patch(version, number, total, tags, None)


@pytest.mark.parametrize(
    "subject",
    [
        "Re: [PATCH] mips: fix",
        "[boost] Release",
        "PATCH",
        "[PATCH 4/3] odd",
        "[1/3] Chapters",
        "",
        "[GIT PULL] mips",
        "[PATCH 0/0] x",
    ],
)
def test_other_mail_is_no_patch(subject: str):
    assert patch_of(subject, "Hello") is None


def test_a_number_alone_makes_a_patch_of_what_holds_a_diff():
    assert patch_of("[1/3] mips: fix", DIFF) == Patch(1, 1, 3, (), Diffstat(1, 3, 2))


def test_lines_are_counted_by_what_hunks_announce():
    assert diffstat(DIFF) == Diffstat(files=1, added=3, removed=2)
    assert diffstat("diff --git a/x b/y\nrename from x\nrename to y\n") == Diffstat(1, 0, 0)
    assert diffstat("no diff\n+++ of a kind") is None


@given(st.text(), st.text())
def test_nothing_makes_it_fail(subject: str, text: str):
    patch_of(f"[PATCH {subject}", f"x\n@@ -{text} @@\n{text}")
    patch_of(subject, text)
    diffstat(f"\n@@ -1,{text}")


def member(name: str, parent: str | None, number: int, *, version: int = 1, total: int = 3) -> Member:
    return Member(name, name, parent, "ann", Patch(version, number, total, (), None))


def test_versions_covers_and_chains_of_one_thread_are_told_apart():
    shallow = [member("c1", None, 0), member("p1", "c1", 1), member("p2", "c1", 2), member("p3", "c1", 3)]
    second = [member("c2", "c1", 0, version=2), member("q1", "c2", 1, version=2), member("q3", "c2", 3, version=2)]
    chained = [member("r1", "p1", 1, version=3), member("r2", "r1", 2, version=3), member("r3", "r2", 3, version=3)]
    again = [member("c4", "c1", 0), member("s1", "c4", 1)]
    every = [*shallow, *second, *chained, *again]
    random.Random(1).shuffle(every)
    found = {tuple(one.key for one in series) for series in series_of(every)}
    assert found == {("c1", "p1", "p2", "p3"), ("c2", "q1", "q3"), ("r1", "r2", "r3"), ("c4", "s1")}


def test_patches_that_answer_each_other_in_a_circle_are_all_there():
    found = series_of([member("a", "b", 1), member("b", "a", 2)])
    assert sorted(one.key for series in found for one in series) == ["a", "b"]
