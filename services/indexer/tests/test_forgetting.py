"""Somebody is forgotten: documents stay and can be found, without them."""

from collections.abc import Sequence
from typing import Any

import pytest
from bdc_chassis.forgetting import Redactor
from bdc_chassis.forgetting.memory import remember
from bdc_contracts import ForgottenKeys, PersonForgotten, email_subject
from bdc_indexer.forgetting import Eraser
from sqlalchemy import text

from .conftest import EMBEDDER, Index
from .factories import ANN, BOB, START, belongs, changed, removed, words

NOBODY = ForgottenKeys(salt="s", hashes=())
KEYS = ForgottenKeys(salt="s", hashes=(NOBODY.hashed(email_subject("ann@example.org")),))


async def forget(index: Index) -> dict[str, int]:
    async with index.engine.begin() as tx:
        await remember(tx, PersonForgotten(request_id="f", keys=KEYS, requested_at=START))
        return dict((await Eraser(EMBEDDER)(tx, Redactor(KEYS))).counts)


async def everything(index: Index) -> str:
    found: Sequence[Any]
    async with index.engine.begin() as tx:
        found = [
            (await tx.execute(text(f"SELECT t::text FROM {table} t"))).scalars().all()
            for table in ("document", "chunk", "account")
        ]
    return str(found).lower()


async def test_their_documents_stay_by_nobody_and_what_names_them_is_rewritten(index: Index) -> None:
    quoting = f"On Monday: Ann Lee <Ann@example.org> wrote: {words(900)} Regards, ann@example.org"
    await index.publish(
        changed("a", "the timer", title="Fix by ann@example.org", author=ANN),
        changed("b", quoting, author=BOB),
        changed("c", "unconcerned", author=BOB),
        changed("mailing:thread:ann@example.org", "named by an address"),
        belongs(ANN, "p1", "Ann Lee"),
        belongs(BOB, "p2", "Bob Ray"),
    )

    assert await forget(index) == {"accounts": 1, "documents": 3}

    assert "ann@example.org" not in await everything(index)
    assert "ann lee" not in await everything(index)
    assert (await index.found("word17"))[0] == "b"
    hit, *_ = await index.find("timer")
    assert (hit.document_id, hit.title, hit.author) == ("a", "Fix by [forgotten]", None)
    assert (await index.chunks("b"))[0].startswith("On Monday: [forgotten] wrote:")
    assert await index.chunks("c") == ["unconcerned"]
    assert await index.rows("SELECT author FROM account") == [("mail:Bob Ray <bob@example.org>",)]


@pytest.mark.parametrize("words_before", [0, 215, 220])
async def test_a_text_is_put_together_from_its_chunks_as_it_was(index: Index, words_before: int) -> None:
    text_of_many = f"{words(words_before)}\n\nann@example.org said:  {words(400, 'after')}"
    await index.publish(changed("a", text_of_many, author=BOB))

    await forget(index)

    chunks = await index.chunks("a")
    await index.publish(changed("z", text_of_many.replace("ann@example.org", "[forgotten]"), author=BOB))
    assert chunks == await index.chunks("z")


async def test_they_do_not_come_back_with_later_documents(index: Index) -> None:
    await forget(index)

    await index.publish(
        removed("mailing:thread:ann@example.org"),
        changed("a", "by ann@example.org", author=ANN),
        belongs(ANN, "p1", "Ann Lee"),
        belongs(BOB, "p2", "Bob Ray"),
    )

    assert "ann" not in (await everything(index)).replace("forgotten", "")
    assert (await index.found("forgotten"))[0] == "a"
