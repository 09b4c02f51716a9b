"""A panel's data or the reason why there is none, so that one silent service never takes a page down."""

import asyncio
from collections.abc import Awaitable, Iterable
from dataclasses import dataclass
from typing import Final, Generic, TypeVar

import asyncpg
from bdc_chassis.errors import BdcError
from sqlalchemy.exc import SQLAlchemyError

from bdc_dashboard.source.errors import NotAtSourceError, SourceError

T = TypeVar("T")

STORE_ERRORS: Final = (BdcError, OSError, TimeoutError, SQLAlchemyError, asyncpg.PostgresError, asyncpg.InterfaceError)
STORE_PROBLEM: Final = "The dashboard's database does not answer; check that it runs and that `migrate` did."


@dataclass(frozen=True, slots=True)
class Answer(Generic[T]):
    """Either `value`, or the sentence `problem` that says why it is missing; `absent` where there is no such thing."""

    value: T | None = None
    problem: str | None = None
    absent: bool = False


async def attempt(asked: Awaitable[T]) -> Answer[T]:
    """Await `asked`; the failure of a service or of the database becomes an answer with a problem."""
    try:
        return Answer(await asked)
    except NotAtSourceError as error:
        return Answer(problem=str(error), absent=True)
    except SourceError as error:
        return Answer(problem=str(error))
    except STORE_ERRORS:
        return Answer(problem=STORE_PROBLEM)


async def attempt_all(asked: Iterable[Awaitable[T]]) -> list[Answer[T]]:
    """Await all of them at once, in order."""
    return list(await asyncio.gather(*(attempt(one) for one in asked)))
