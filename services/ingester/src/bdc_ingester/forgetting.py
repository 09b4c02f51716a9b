"""What the ingester does when somebody is to be forgotten: its rows, the documents made of them, and the kept files."""

import asyncio
from collections.abc import Mapping

from bdc_chassis.bus import Projection
from bdc_chassis.forgetting import Erased, Redactor, forgetting
from bdc_contracts import DocumentChanged, DocumentRemoved
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from bdc_ingester.documents import DOMAIN, documents_for
from bdc_ingester.erasing import erase_files, wait_for_claims
from bdc_ingester.settings import IngesterSettings
from bdc_ingester.spool import Spool
from bdc_ingester.store.forgetting import SEARCHED, forget_in

_WITH_LOGS = {kind: text(f"SELECT id FROM {kind} WHERE log_digest = ANY (:digests)") for kind in ("build", "test")}


def forgetting_projection(settings: IngesterSettings) -> Projection:
    """Return the durable consumer that forgets people."""

    async def elsewhere(redactor: Redactor) -> Mapping[str, int]:
        spool = Spool.of(settings)
        await wait_for_claims(spool)
        return await asyncio.to_thread(erase_files, spool, redactor, max_bytes=settings.ingester_max_file_bytes)

    return forgetting(DOMAIN, erase, elsewhere=elsewhere)


async def erase(tx: AsyncConnection, redactor: Redactor) -> Erased:
    """Erase forgotten people from the store, and revise the documents of failures that named them."""
    keys = {searched.table: await forget_in(tx, searched, redactor) for searched in SEARCHED}
    digests = [digest for (digest,) in keys["log"]]
    documents: list[DocumentChanged | DocumentRemoved] = []
    for kind, query in _WITH_LOGS.items():
        of_logs = (await tx.execute(query, {"digests": digests})).scalars()
        documents += await documents_for(tx, kind, sorted({*of_logs, *(key[0] for key in keys[kind])}))
    return Erased({table: len(found) for table, found in keys.items()}, documents)
