"""Whether the database answers."""

import asyncio

from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncEngine

from bdc_chassis.errors import BdcError, sentence

CHECK_TIMEOUT_S = 1.5


async def database_problem(engine: AsyncEngine) -> str | None:
    """Return None if a query is answered within 1.5 seconds, else the reason in a few words."""
    try:
        async with asyncio.timeout(CHECK_TIMEOUT_S), engine.connect() as connection:
            await connection.execute(text("SELECT 1"))
    except TimeoutError:
        return "no answer in time"
    except (BdcError, OSError, SQLAlchemyError) as error:
        return sentence(error)
    return None
