"""What the dashboard does when somebody is to be forgotten: the errors of runs may quote them."""

from typing import Final

from bdc_chassis.bus.projection import Projection
from bdc_chassis.forgetting import Erased, Redactor, forgetting
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

_ERRORS: Final = text("SELECT run_id, partition, error FROM run WHERE error LIKE '%@%'")
_REWRITE: Final = text("UPDATE run SET error = :error WHERE run_id = :run_id AND partition = :partition")


def forgetting_projection() -> Projection:
    """Return the durable consumer that forgets people; runs are facts that no service of a domain takes care of."""
    return forgetting("dashboard", erase, facts=("bdc.v1.control.run.>", "bdc.v1.dashboard.>"))


async def erase(tx: AsyncConnection, redactor: Redactor) -> Erased:
    """Take forgotten people out of the errors of runs."""
    rewritten = [
        {"run_id": row.run_id, "partition": row.partition, "error": redactor.text(row.error)}
        for row in await tx.execute(_ERRORS)
        if redactor.text(row.error) != row.error
    ]
    if rewritten:
        await tx.execute(_REWRITE, rewritten)
    return Erased({"runs": len(rewritten)})
